import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { insertFamily } from "./testing/family.ts";
import { insert, unitRow } from "./testing/register.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

const SEARCH = `query ($asOf: LocalDate!, $filter: AdministrativeUnitFilter, $first: Int, $after: String) {
  searchAdministrativeUnits(asOf: $asOf, filter: $filter, first: $first, after: $after) {
    nodes { code asOf name } pageInfo { hasNextPage endCursor } } }`;

describe.each(databaseServers())("administrative units on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, async (db) => {
      await insertFamily(db);
      await insert(db, "administrative_unit", [
        unitRow("00901", "Phường Xã Đàn", "01", { from: "2025-07-01" }),
        unitRow("00902", "Xã Đan Phượng", "01", { from: "2025-07-01" }),
      ]);
    });
  });
  afterAll(() => register.stop());

  test("a code means what it meant on the day", async () => {
    const { data, errors } = await register.subgraph.query(`{
      before: administrativeUnit(code: "15", asOf: "2025-06-30") {
        code asOf name level validFrom validTo parent { name } successors { code name successors { name } }
      }
      after: administrativeUnit(code: "15", asOf: "2025-07-01") { code asOf name validFrom validTo successors { name } }
      early: administrativeUnit(code: "00091", asOf: "2025-06-30") { name }
      split: administrativeUnit(code: "00001", asOf: "2024-01-01") { level parent { name asOf } successors { name } }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      before: {
        code: "15",
        asOf: "2025-06-30",
        name: "Yên Bái",
        level: "PROVINCE",
        validFrom: null,
        validTo: "2025-07-01",
        parent: null,
        successors: [{ code: "15", name: "Lào Cai", successors: [] }],
      },
      after: {
        code: "15",
        asOf: "2025-07-01",
        name: "Lào Cai",
        validFrom: "2025-07-01",
        validTo: null,
        successors: [],
      },
      early: null,
      split: {
        level: "COMMUNE",
        parent: { name: "Hà Nội", asOf: "2024-01-01" },
        successors: [{ name: "Phường Ba Đình" }, { name: "Phường Hồng Hà" }],
      },
    });
  });

  test("a batch keeps its order and takes one statement", async () => {
    const { data } = await register.subgraph.query(`{ administrativeUnits(units: [
      {code: "00004", asOf: "2025-07-01"}, {code: "77", asOf: "2025-07-01"}, {asOf: "2025-06-30", code: "00004"}
    ]) { name } }`);
    expect(data).toEqual({
      administrativeUnits: [{ name: "Phường Ba Đình" }, null, { name: "Phường Trúc Bạch" }],
    });
    expect(register.subgraph.statements).toBe(1);
  });

  test.each([
    ["2025-07-01", { level: "PROVINCE" }, ["Hà Nội", "Lào Cai"]],
    ["2025-06-30", { level: "PROVINCE" }, ["Hà Nội", "Lào Cai", "Yên Bái"]],
    ["2025-06-30", { parent: "01" }, ["Phường Phúc Xá", "Phường Trúc Bạch"]],
    ["2025-06-30", { name: "truc bach" }, ["Phường Trúc Bạch"]],
    ["2025-06-30", { name: "phường Truc" }, ["Phường Trúc Bạch"]],
    ["2025-06-30", { name: "bach" }, []],
    ["2025-07-01", { name: "xa dan" }, ["Phường Xã Đàn", "Xã Đan Phượng"]],
    ["2025-07-01", { name: "Yên Bái" }, ["Phường Yên Bái"]],
    ["2025-07-01", { name: "Yên Bái", level: "PROVINCE" }, []],
  ])("on %s, %j", async (asOf, filter, expected) => {
    const { data, errors } = await register.subgraph.query(SEARCH, { variables: { asOf, filter } });
    expect(errors).toBeUndefined();
    const { nodes } = data.searchAdministrativeUnits;
    expect(nodes.map(({ name }: { name: string }) => name)).toEqual(expected);
    expect(nodes.every((node: { asOf: string }) => node.asOf === asOf)).toBe(true);
  });

  test("all units of a day, page by page, in Vietnamese order", async () => {
    const names: string[] = [];
    let after: string | null = null;
    do {
      const variables = { asOf: "2025-07-01", first: 2, after };
      const { data } = await register.subgraph.query(SEARCH, { variables });
      const { nodes, pageInfo } = data.searchAdministrativeUnits;
      names.push(...nodes.map(({ name }: { name: string }) => name));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(names).toEqual([
      "Hà Nội",
      "Lào Cai",
      "Phường Ba Đình",
      "Phường Hồng Hà",
      "Phường Xã Đàn",
      "Phường Yên Bái",
      "Xã Đan Phượng",
    ]);
  });

  test.each([
    [" ", 'Argument "filter": a unit\'s name has at least one letter or digit.'],
    [
      `Ba${" ".repeat(199)}`,
      'Argument "filter.name": a text to search for has at most 200 characters.',
    ],
    ["Ba\0", 'Argument "filter.name": a text to search for holds no control characters.'],
  ])("refuses the name %j", async (name, message) => {
    const { errors } = await register.subgraph.query(SEARCH, {
      variables: { asOf: "2025-07-01", filter: { name } },
    });
    expect(errors).toMatchObject([{ message, extensions: { code: "ARGUMENT_INVALID" } }]);
  });
});
