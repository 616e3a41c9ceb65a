import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PURPOSES } from "../../infra/src/demo/purposes.ts";
import { type Caller, Platform } from "../harness/platform.ts";
import { COUNTRY, Facts } from "./facts.ts";

const OFFICER = { system: "land-office", purpose: "LAND_TRANSFER" };
const INSPECTOR = { system: "inspectorate", purpose: "ASSET_DECLARATION" };
const staff = (person: string): Caller => ({
  system: "console",
  purpose: "PLATFORM_ADMINISTRATION",
  person,
});

const facts = new Facts();
const citizen = facts.samples["citizen"]!;
/** A parcel of the officer's province in which she holds a right. */
const parcel = facts.samples["parcel"]!;
const expected = JSON.parse(read("expected.json")) as Record<string, unknown>;

let platform: Platform;

function read(file: string): string {
  return readFileSync(new URL(`who-looked/${file}`, import.meta.url), "utf8");
}

/** What a file's query brings its caller, once the log has got so far. */
async function answer(
  caller: Caller,
  file: string,
  variables: Record<string, unknown> = {},
): Promise<any> {
  const { body } = await platform.ask(caller, read(`${file}.graphql`), variables);
  expect(body.errors).toBeUndefined();
  return body.data;
}

beforeAll(async () => {
  platform = await Platform.start(COUNTRY);
  const seen = await answer(OFFICER, "officer-reads", { parcel });
  expect(JSON.stringify(seen)).toContain(facts.fullName(citizen));
  const assets = await answer(INSPECTOR, "inspector-reads", { official: citizen });
  expect(assets.citizen.fullName).toBe(facts.fullName(citizen));
  await platform.records.untilLogged();
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

async function citizenSees(agency: string, person = citizen): Promise<any> {
  const portal = { system: "portal", purpose: "CITIZEN_RECORDS", person };
  return (await answer(portal, "citizen-sees", { agency })).me.accessLog;
}

test("a citizen sees that the land office read her data, what, and on which law", async () => {
  const legalBasis = PURPOSES.find(({ code }) => code === OFFICER.purpose)!.legalBasis;
  expect(await citizenSees("land-administration")).toEqual({
    nodes: [{ ...(expected["citizen"] as object), legalBasis }],
    pageInfo: { hasNextPage: false },
  });
});

test("an investigation does not show while its delay runs", async () => {
  expect(await citizenSees("government-inspectorate")).toEqual({
    nodes: [],
    pageInfo: { hasNextPage: false },
  });
});

test("another citizen sees nothing of it", async () => {
  const holders = facts.parcels.get(parcel)!.rights.map(({ holder }) => Object.values(holder)[0]);
  const stranger = platform.file.people.find(
    ({ id, roles }) => roles.includes("citizen") && !holders.includes(id),
  )!;
  expect((await citizenSees("land-administration", stranger.id)).nodes).toEqual([]);
});

test("an auditor finds the investigation by the citizen's number", async () => {
  const variables = { citizen, purpose: INSPECTOR.purpose };
  const found = await answer(staff("auditor"), "auditor-searches", variables);
  const legalBasis = PURPOSES.find(({ code }) => code === INSPECTOR.purpose)!.legalBasis;
  expect(found.auditRecords.nodes).toEqual([{ ...(expected["auditor"] as object), legalBasis }]);
});

test("the owner of the land register sees that it was read, and by whom", async () => {
  const variables = { system: OFFICER.system };
  const found = await answer(staff("owner-land"), "owner-sees", variables);
  expect(found.auditRecords.nodes).toEqual([expected["owner"]]);
});

test("a grant's report says what of it could be withdrawn", async () => {
  const grants = `query ($system: String!, $purpose: String!) {
    grants(filter: { system: $system, purpose: $purpose }, first: 1) { nodes { id } }
  }`;
  const { body } = await platform.ask(staff("operator-1"), grants, OFFICER);
  const [{ id }] = body.data!["grants"].nodes;
  const found = await answer(staff("agency-land-administration"), "grant-use", { grant: id });
  expect(found.grantUse).toEqual(expected["grantUse"]);
});

test("each look into the log is itself on record", async () => {
  const { requestId } = await platform.ask(staff("auditor"), read("auditor-searches.graphql"), {
    citizen,
    purpose: INSPECTOR.purpose,
  });
  const [kept] = await platform.records.of(requestId);
  expect(kept!.context).toMatchObject({ system: "console", agency: "platform-operator" });
  expect(kept!.context.fields.BASIC).toContain("Query.auditRecords");
  expect(kept!.record.asked).toEqual({ audit: 1 });
});
