import { subgraph, VSIC_2025 } from "@truc/business";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCountry } from "../country.ts";
import { loadCountry } from "../load.ts";
import { loadGazetteer } from "../units.ts";
import { loader } from "./business.ts";

const country = makeCountry({ seed: 11, citizens: 1_200 });
const companies = [...country.blocks()].flatMap((block) => block.companies);

const RECORD = `{
  code synthetic name foreignName shortName kind status registered charterCapital
  headOffice { unit { code asOf } line }
  industries { code title main }
  statusHistory { status from }
  representatives { name title period { from to } citizen { id } }
  owners { name capital share { numerator denominator } period { from to } citizen { id } company { code } }
  branches { code name opened closed place { unit { code asOf } line } }
  changes { on kind before after }
}`;

describe.each(databaseServers())(
  "the business register's part of the country on $dialect",
  (server) => {
    let register: TestSubgraph;
    let drop: () => Promise<void>;

    beforeAll(async () => {
      const database = await createTestDatabase(server);
      drop = () => database.drop();
      register = await startSubgraph(subgraph, database.url);
      await loadCountry({ country, registers: [{ name: "business", url: database.url, loader }] });
    });
    afterAll(async () => {
      await register?.stop();
      await drop?.();
    });

    test("every company comes out as the country has it", async () => {
      const { data, errors } = await register.query(
        `query ($codes: [EnterpriseCode!]!) { companies(codes: $codes) ${RECORD} }`,
        { variables: { codes: companies.map(({ code }) => code) } },
      );
      expect(errors).toBeUndefined();
      expect(companies.length).toBeGreaterThan(20);
      for (const [index, company] of companies.entries()) {
        const place = ({ commune, asOf, line }: (typeof company)["headOffice"]) => ({
          unit: { code: commune, asOf },
          line,
        });
        expect(data.companies[index]).toEqual({
          code: company.code,
          synthetic: true,
          name: company.name,
          foreignName: company.foreignName,
          shortName: company.shortName,
          kind: company.kind,
          status: company.statuses.at(-1)!.status,
          registered: company.registered,
          charterCapital: company.charterCapital,
          headOffice: place(company.headOffice),
          industries: company.industries.map((code, line) => ({
            code,
            title: VSIC_2025[code] ?? null,
            main: line === 0,
          })),
          statusHistory: company.statuses,
          representatives: expect.arrayContaining(
            company.representatives.map(({ pin, name, title, from, to }) => ({
              name,
              title,
              period: { from, to },
              citizen: { id: pin },
            })),
          ),
          owners: expect.arrayContaining(
            company.owners.map(({ holder, name, capital, share, from, to }) => ({
              name,
              capital,
              share,
              period: { from, to },
              citizen: "citizen" in holder ? { id: holder.citizen } : null,
              company: "company" in holder ? { code: holder.company } : null,
            })),
          ),
          branches: company.branches.map(({ place: at, ...branch }) => ({
            ...branch,
            place: place(at),
          })),
          changes: company.changes,
        });
        expect(data.companies[index].representatives).toHaveLength(company.representatives.length);
        expect(data.companies[index].owners).toHaveLength(company.owners.length);
      }
    });

    test("a company is found by its name without marks and by today's commune of its head office", async () => {
      const company = companies.find(({ headOffice }) => headOffice.asOf < "2025-07-01")!;
      const commune = loadGazetteer().units.find(
        ({ code, to, level }) =>
          code === company.headOffice.commune && to !== null && level === "COMMUNE",
      )!.succeededBy[0];
      const name = company.name
        .normalize("NFD")
        .replace(/\p{M}/gu, "")
        .replaceAll("đ", "d")
        .replaceAll("Đ", "D");
      const { data } = await register.query(
        `query ($filter: CompanyFilter!) { searchCompanies(filter: $filter) { nodes { code } } }`,
        { variables: { filter: { name, commune } } },
      );
      expect(data.searchCompanies.nodes).toContainEqual({ code: company.code });
    });

    test("roles lead from a citizen to companies", async () => {
      const company = companies.find(({ representatives }) => representatives.length === 1)!;
      const { data } = await register.query(
        `query ($citizen: PersonalIdentificationNumber!) {
        companiesOf(citizen: $citizen, first: 100, role: REPRESENTATIVE) { nodes { title company { code } } }
      }`,
        { variables: { citizen: company.representatives[0]!.pin } },
      );
      expect(data.companiesOf.nodes).toContainEqual({
        title: company.representatives[0]!.title,
        company: { code: company.code },
      });
    });
  },
);
