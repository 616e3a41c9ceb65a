import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { START, startView, type TestView } from "./test-view.ts";

const HER = "901012345678";
const COMPANY = "0100112437";
const PARCEL = "00004-12-345";

const ALL = `id unreadable { from to reason } request part parts router sequence time clockBack durationMs agency system
  person actor case purpose legalBasis grant disclosedFrom operationName operation variables
  fields { coordinate dataClass } refused decision outcome code asked { register sent unanswered }
  subjects { type count pseudonyms } objects bytes`;

let view: TestView;
beforeAll(async () => {
  view = await startView();
});
afterAll(() => view.stop());

async function codeFor(person: string | undefined, args = ""): Promise<string | undefined> {
  const { nodes, errors } = await view.auditRecords(args, person);
  expect(errors === undefined).toBe(nodes !== undefined);
  return errors?.[0].extensions.code;
}

describe("a record", () => {
  const salted = "A".repeat(22);
  const record = {
    id: "11111111-2222-4333-8444-555555555555",
    time: START - 1_000,
    ms: 12,
    person: "person-1",
    actor: "officer-7",
    case: "C-1",
    operation: "B".repeat(21) + "A",
    variables: "C".repeat(21) + "A",
    outcome: "partial" as const,
    code: "REGISTER_UNAVAILABLE",
    asked: { people: 2, boats: 3 },
    failed: { boats: 1 },
    bytes: 1_234,
    objects: 9,
    salt: salted,
  };
  const context = {
    agency: "tax",
    system: "tax-desk",
    purpose: "RAID",
    grant: "grant-7",
    disclosureDelayDays: 30,
    operationName: "Boats",
    fields: { PUBLIC: [], BASIC: ["Boat.length", "Citizen.name"], SENSITIVE: ["Home.street"] },
    refused: ["Citizen.home", "Engine.power"],
    decision: "filtered" as const,
  };
  let of: Record<string, string[]>;
  beforeAll(async () => {
    of = {
      Boat: [view.pseudonym("Boat", "B-1")],
      Citizen: [view.pseudonym("Citizen", HER)],
      Harbour: [view.pseudonym("Harbour", "H-1")],
    };
    await view.write([{ ...record, subjects: of }], context);
  });

  it("is shown to auditors as it is", async () => {
    const { nodes, errors } = await view.auditRecords("(first: 1)", "an-auditor", ALL);
    expect(errors).toBeUndefined();
    const { router, ...node } = nodes[0];
    expect(router).toMatch(/^[0-9a-f-]{36}$/);
    expect(node).toEqual({
      id: "0",
      unreadable: null,
      request: record.id,
      part: null,
      parts: null,
      sequence: "1",
      time: "2026-11-10T08:29:59.000Z",
      clockBack: false,
      durationMs: 12,
      agency: "tax",
      system: "tax-desk",
      person: "person-1",
      actor: "officer-7",
      case: "C-1",
      purpose: "RAID",
      legalBasis: "Article 1",
      grant: "grant-7",
      disclosedFrom: "2026-12-10T08:29:59.000Z",
      operationName: "Boats",
      operation: record.operation,
      variables: record.variables,
      fields: [
        { coordinate: "Boat.length", dataClass: "BASIC" },
        { coordinate: "Citizen.name", dataClass: "BASIC" },
        { coordinate: "Home.street", dataClass: "SENSITIVE" },
      ],
      refused: ["Citizen.home", "Engine.power"],
      decision: "FILTERED",
      outcome: "PARTIAL",
      code: "REGISTER_UNAVAILABLE",
      asked: [
        { register: "people", sent: 2, unanswered: 0 },
        { register: "boats", sent: 3, unanswered: 1 },
      ],
      subjects: Object.entries(of).map(([type, pseudonyms]) => ({
        type,
        count: pseudonyms.length,
        pseudonyms,
      })),
      objects: 9,
      bytes: 1_234,
    });
    expect(JSON.stringify(nodes)).not.toContain(salted);
  });

  it("is shown to an owner as far as it concerns her registers", async () => {
    const { nodes } = await view.auditRecords("(first: 1)", "boats-owner", ALL);
    expect(nodes[0]).toMatchObject({
      request: record.id,
      agency: "tax",
      purpose: "RAID",
      fields: [{ coordinate: "Boat.length", dataClass: "BASIC" }],
      refused: ["Engine.power"],
      asked: [{ register: "boats", sent: 3, unanswered: 1 }],
      subjects: [
        { type: "Boat", count: of["Boat"]!.length, pseudonyms: [] },
        { type: "Citizen", count: of["Citizen"]!.length, pseudonyms: [] },
      ],
      disclosedFrom: null,
      objects: null,
      bytes: null,
    });
  });
});

describe("who may look", () => {
  it.each(["an-operator", "boats-admin", "owner-of-nothing", "somebody"])(
    "not %s",
    async (person) => {
      expect(await codeFor(person)).toBe("AUDIT_FORBIDDEN");
      const { errors } = await view.subgraph.query("{ refusals { code } }", { person });
      expect(errors?.[0]?.extensions["code"]).toBe("AUDIT_FORBIDDEN");
    },
  );

  it("not a system in nobody's name", async () => {
    const { errors } = await view.subgraph.query("{ auditRecords { nodes { id } } }");
    expect(errors?.[0]?.extensions["code"]).toBe("AUDIT_FORBIDDEN");
  });

  it.each([
    `citizen: "${HER}"`,
    `company: "${COMPANY}"`,
    `parcel: "${PARCEL}"`,
    `pseudonym: "${"A".repeat(22)}"`,
    'register: "people"',
  ])("not an owner for {%s}", async (filter) => {
    expect(await codeFor("boats-owner", `(filter: {${filter}})`)).toBe("AUDIT_FORBIDDEN");
    expect(await codeFor("an-auditor", `(filter: {${filter}})`)).toBeUndefined();
  });

  it("an auditor by 22 characters that are a pseudonym", async () => {
    for (const wrong of ["A".repeat(21), "A".repeat(21) + "B", "A".repeat(21) + "="])
      expect(await codeFor("an-auditor", `(filter: {pseudonym: "${wrong}"})`)).toBe(
        "ARGUMENT_INVALID",
      );
  });
});
