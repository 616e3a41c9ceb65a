import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Platform } from "../harness/platform.ts";
import { Truc, type Words } from "./truc-command.ts";

let platform: Platform;
let truc: Truc;

beforeAll(async () => {
  platform = await Platform.start({ citizens: 200, seed: 7 });
  truc = new Truc(platform.data);
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

/** A request as its agency makes it. */
async function requested(system: string, purpose: string, ...words: Words): Promise<any> {
  return await truc.json("grants", "request", ["--system", system, "--purpose", purpose], ...words);
}

/** Cells of the table line that begins so; columns are two spaces apart. */
function line(text: string, title: string): string[] {
  const found = text.split("\n").find((each) => each.startsWith(`${title}  `));
  return found?.split(/ {2,}/) ?? [];
}

describe("a first request", () => {
  const flags = ["--system", "business-registrar", "--purpose", "LAND_TRANSFER"];
  let id: string;

  test("is shown with all that an owner decides on", async () => {
    ({ id } = await requested(
      "business-registrar",
      "LAND_TRANSFER",
      ["--reason", "Offices are inspected.", "--scopes", "land:parcel, population:identity"],
      ["--provinces", "01,24@2025-06-30", "--linked", "1", "--subjects", "any"],
      ["--demands-actor", "--demands-case", "--demands-receipt", "--until", "2027-06-30"],
    ));
    const found = await truc.json("grants", "show", id);
    expect(found).toMatchObject({
      status: "REQUESTED",
      validUntil: "2027-06-30",
      reason: "Offices are inspected.",
      requestedBy: { id: "agency-business-registration" },
      limits: {
        provinces: [
          { code: "01", current: "01" },
          { code: "24", asOf: "2025-06-30", current: "24" },
        ],
        subjects: "ANY",
        search: false,
        linked: 1,
      },
      demandsActor: true,
      demandsCase: true,
      demandsReceipt: true,
      request: { id, isAmendment: false, differences: [] },
    });
    const text = await truc.said("grants", "show", id);
    expect(text).toMatch(
      /^asked for by agency-business-registration on \d{4}-\d\d-\d\d: Offices are inspected\.$/m,
    );
    expect(line(text, "last day")).toEqual(["last day", "2027-06-30"]);
    expect(line(text, "provinces")).toEqual(["provinces", "01; 24"]);
    expect(line(text, "relations further")).toEqual(["relations further", "1"]);
    expect(line(text, "search")).toEqual(["search", "look-ups only"]);
    expect(line(text, "officer")).toEqual(["officer", "must be named"]);
    expect(line(text, "receipt")).toEqual(["receipt", "with every answer"]);
    expect(text).toContain(
      `Request ${id} is undecided by land-administration, ministry-of-public-security.`,
    );
  });

  test("is decided by its owners, as the registry knows them", async () => {
    expect(await truc.refusal("grants", "approve", id)).toBe(
      `Several owners are asked by grant ${id}: say who decides with --as, one of owner-land, owner-population.`,
    );
    const notOwned =
      "Only an administrator of a scope's owner decides on it. (REGISTRY_SCOPE_NOT_OWNED)";
    for (const stranger of ["owner-insurance", "auditor", "operator-1", "agency-inspectorate"])
      expect(await truc.refusal("grants", "approve", id, "--as", stranger)).toBe(notOwned);
    expect(
      await truc.refusal(
        ["grants", "approve", id, "--as", "owner-land"],
        ["--scopes", "population:identity"],
      ),
    ).toBe(notOwned);
    const approved = await truc.said("grants", "approve", id, "--as", "owner-land");
    expect(line(approved, "provinces")).toEqual(["provinces", "01; 24"]);
    expect(approved).toContain("\nApproved by owner-land: land:parcel.\n");
    expect(approved).toMatch(
      /^land:parcel +land-administration +approved +owner-land +Approved at the command line\.$/m,
    );
    const rejected = await truc.json("grants", "reject", id, "--reason", "No need.");
    expect(rejected.scopes).toMatchObject([
      { scope: { name: "land:parcel" }, decision: "APPROVED", decidedBy: { id: "owner-land" } },
      { decision: "REJECTED", decidedBy: { id: "owner-population" }, reason: "No need." },
    ]);
    expect(rejected.decided).toMatchObject({
      by: "owner-population",
      request: id,
      scopes: ["population:identity"],
      before: { limits: { linked: 1 }, request: { id } },
    });
    expect(await truc.refusal("grants", "approve", id)).toBe(
      `Grant ${id} asks for nothing that is undecided.`,
    );
    expect(await truc.refusal("grants", "approve", id, "--as", "owner-land")).toMatch(
      /\(REGISTRY_[A-Z_]+\)$/,
    );
  }, 120_000);

  test("makes a grant that demands what was asked, and is suspended, resumed and revoked", async () => {
    const parcel = ["--variables", JSON.stringify({ id: platform.file.samples.parcel })];
    const query = "query ($id: LandParcelId!) { parcel(id: $id) { area } }";
    const code = async (...further: string[]) =>
      JSON.parse((await truc.run("query", flags, parcel, query, further)).stdout).errors?.[0]
        .extensions.code;
    expect(await code("--case", "HS-12")).toBe("AUTHORIZE_ACTOR_MISSING");
    expect(await code("--actor", "officer.7")).toBe("AUTHORIZE_CASE_MISSING");
    expect(await code("--actor", "officer.7", "--case", "HS-12")).toBeUndefined();

    expect(await truc.said("grants", "suspend", id, "--as", "owner-land")).toContain(
      "suspended, from",
    );
    expect(await truc.refusal("grants", "resume", id)).toContain("(REGISTRY_SUSPENDED_BY_OTHERS)");
    expect(await truc.said("grants", "resume", id, "--as", "owner-land")).toContain("active, from");
    expect(await truc.said("grants", "revoke", id, "--as", "operator-2")).toContain(
      "revoked, from",
    );
    const list = await truc.json("grants", "list", "--system", "business-registrar");
    expect(list.map(({ status }: { status: string }) => status).toSorted()).toEqual([
      "ACTIVE",
      "REVOKED",
    ]);
    expect(await truc.said("grants", "list", "--status", "Revoked")).toContain(id);
  }, 120_000);
});

test("an amendment is shown beside what stands today; a decision on one that was swapped is refused", async () => {
  const [land] = await truc.json(
    ["grants", "list", "--system", "land-office", "--purpose", "LAND_TRANSFER"],
    ["--status", "active"],
  );
  const harmless = await requested(
    "land-office",
    "LAND_TRANSFER",
    ["--scopes", "population:residence", "--reason", "Addresses."],
    ["--until", land.validUntil],
  );
  const shown = harmless.request.id;
  expect(harmless.request).toMatchObject({ isAmendment: true, differences: [] });
  expect(await truc.json("grants", "withdraw", land.id, "--reason", "Too little.")).toMatchObject({
    status: "ACTIVE",
    request: null,
  });

  const wide = await requested(
    "land-office",
    "LAND_TRANSFER",
    ["--scopes", "population:residence", "--until", land.validUntil, "--reason", "More of it."],
    ["--provinces", "01,48", "--linked", "3", "--search", "--cost-per-minute", "2000000"],
  );
  expect(wide.limits).toEqual(land.limits);
  expect(wide.request.differences).toEqual([
    {
      term: "limits.provinces",
      today: [{ code: "01", asOf: "2025-07-01", current: "01" }],
      asked: [
        { code: "01", asOf: expect.any(String), current: "01" },
        { code: "48", asOf: expect.any(String), current: "48" },
      ],
    },
    { term: "limits.linked", today: 1, asked: 3 },
    { term: "budget.costPerMinute", today: 1_000_000, asked: 2_000_000 },
  ]);
  const text = await truc.said("grants", "show", land.id);
  expect(text).toMatch(
    /^Beyond it is asked for, by agency-land-administration on [\d-]+: More of it\.$/m,
  );
  expect(line(text, "provinces")).toEqual(["provinces", "01", "01; 48", "changes"]);
  expect(line(text, "relations further")).toEqual(["relations further", "1", "3", "changes"]);
  expect(line(text, "cost a minute")).toEqual(["cost a minute", "1000000", "2000000", "changes"]);
  expect(line(text, "case")).toEqual(["case", "need not be named", "need not be named"]);
  expect(text).toMatch(/^population:residence +not held +ministry-of-public-security +requested$/m);
  expect(text).toMatch(/^land:parcel +held +land-administration +requested$/m);
  expect(text).toContain(`Request ${wide.request.id} is undecided by `);

  const decide = ["grants", "approve", land.id, "--as", "owner-population"];
  expect(await truc.refusal(decide, ["--request", shown])).toMatch(/\(REGISTRY_REQUEST_CHANGED\)$/);
  const { decided, limits, request } = await truc.json(decide, ["--request", wide.request.id]);
  expect(decided).toMatchObject({
    request: wide.request.id,
    before: { request: { limits: { linked: 3 } } },
  });
  expect(limits.linked, "not before every owner has agreed").toBe(1);
  expect(request.scopes).toContainEqual(
    expect.objectContaining({ decision: "REQUESTED", scope: expect.anything() }),
  );
  expect((await truc.json("grants", "withdraw", land.id)).request).toBeNull();
}, 120_000);

test("withdraw takes a first request back, as whoever asks for the agency and nobody else", async () => {
  const { id } = await requested("inspectorate", "COMPANY_FOUNDING", [
    "--scopes",
    "business:profile",
  ]);
  expect(await truc.refusal("grants", "withdraw", id, "--as", "owner-business")).toMatch(
    /\(REGISTRY_FORBIDDEN\)$/,
  );
  expect(await truc.said("grants", "withdraw", id)).toMatch(/^ended, from /m);
});

test("suspend, resume and revoke at the authority with the operator's key while no router answers", async () => {
  const { id } = await requested("inspectorate", "LAND_TRANSFER", ["--scopes", "land:parcel"]);
  await truc.said("grants", "approve", id);
  const without = join(platform.data, "..", "without-router");
  await mkdir(without);
  await cp(join(platform.data, "keys"), join(without, "keys"), { recursive: true });
  const announced = JSON.parse(await readFile(join(platform.data, "platform.json"), "utf8"));
  // Nobody listens on the discard port.
  const down = { ...announced, graphql: "http://127.0.0.1:9/graphql" };
  await writeFile(join(without, "platform.json"), JSON.stringify(down));
  const blind = new Truc(without);
  const status = async () => (await truc.json("grants", "show", id)).status;
  expect(await blind.refusal("grants", "show", id)).toBe(
    "The router does not answer at http://127.0.0.1:9/graphql.",
  );
  expect(await blind.said("grants", "suspend", id, "--direct")).toBe(`Suspended: grant ${id}.\n`);
  expect(await status()).toBe("SUSPENDED");
  expect(await blind.json("grants", "resume", id, "--direct")).toMatchObject({
    done: { action: "resume", kind: "grant", id },
  });
  expect(await status()).toBe("ACTIVE");
  expect(await blind.said("grants", "revoke", id, "--direct", "--reason", "A key was lost.")).toBe(
    `Revoked: grant ${id}.\n`,
  );
  expect(await blind.refusal("grants", "suspend", id, "--direct")).toBe(
    "The grant has ended, so it stays as it is. (REGISTRY_GRANT_STATE)",
  );
  expect(await status()).toBe("REVOKED");
}, 120_000);
