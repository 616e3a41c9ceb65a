import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Platform } from "../harness/platform.ts";
import { ROOT, runCommand } from "./platform-process.ts";

const TRUC = join(ROOT, "infra/bin/truc.mjs");
const QUERY = "query Check($id: LandParcelId!) { parcel(id: $id) { area rightHolders { from } } }";

let platform: Platform;
let file: string;

beforeAll(async () => {
  platform = await Platform.start({ citizens: 200, seed: 7 });
  file = join(platform.data, "..", "check.graphql");
  await writeFile(file, QUERY);
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

/** Words of a command line, in groups where that reads better. */
type Words = (string | readonly string[])[];

async function truc(...words: Words): Promise<{ code: number; stdout: string; stderr: string }> {
  return await runCommand(process.execPath, [TRUC, ...words.flat(), "--data", platform.data]);
}

/** What a command that succeeds prints. */
async function said(...words: Words): Promise<string> {
  const { code, stdout, stderr } = await truc(...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

async function json(...words: Words): Promise<any> {
  return JSON.parse(await said(...words));
}

/** The one sentence of a command that fails. */
async function refusal(...words: Words): Promise<string> {
  const { code, stdout, stderr } = await truc(...words);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return stderr.trimEnd();
}

test("platform.json lists who may sign in: two operators, an administrator for each owner and asking agency, an auditor, citizens", () => {
  const { people, systems, samples } = platform.file;
  const withRole = (role: string) => people.filter(({ roles }) => roles.includes(role));
  expect(withRole("operator")).toHaveLength(2);
  expect(withRole("auditor")).toHaveLength(1);
  for (const owner of [
    "ministry-of-public-security",
    "land-administration",
    "business-registration-office",
    "social-security",
  ])
    expect(withRole(`owner-admin:${owner}`)).toHaveLength(1);
  for (const { agency } of systems) expect(withRole(`agency-admin:${agency}`)).toHaveLength(1);
  const citizens = withRole("citizen");
  expect(citizens.length).toBeGreaterThanOrEqual(4);
  expect(citizens[0]!.id).toBe(samples.citizen);
  for (const { id } of citizens) expect(id).toMatch(/^9\d{11}$/);
});

describe("truc token and query", () => {
  test("sign a citizen in with the portal and staff with the console, under names that say nothing", async () => {
    const { citizen } = platform.file.samples;
    const ofCitizen = await said("token", "--person", citizen);
    expect(decodeJwt(ofCitizen)).toMatchObject({
      client_id: "portal",
      purpose: "CITIZEN_RECORDS",
      sub: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(Buffer.from(ofCitizen.split(".")[1]!, "base64url").toString()).not.toContain(citizen);
    expect(decodeJwt(await said("token", "--person", "operator-1"))).toMatchObject({
      client_id: "console",
      purpose: "PLATFORM_ADMINISTRATION",
    });
    const again = decodeJwt(await said("token", "--person", citizen, "--scope", "land:parcel"));
    expect(again).toMatchObject({ sub: decodeJwt(ofCitizen).sub, scope: "land:parcel" });
  });

  test("ask as a person, and with a token bound to a key", async () => {
    const { citizen } = platform.file.samples;
    for (const further of [[], ["--dpop"]]) {
      const { data } = await json("query", "--person", citizen, ...further, "{ me { id } }");
      expect(data).toEqual({ me: { id: citizen } });
    }
  });
});

test("truc explain says of every field what opens it, and its --json is what truc grants request takes", async () => {
  const asked = ["--system", "insurance-inspector", "--purpose", "DATA_CLEANUP"];
  const table = await said("explain", ...asked, file);
  expect(table).toContain("not everything is allowed");
  expect(table).toMatch(
    /^no +rightHolders +land:rights +land-administration +BASIC +\d+ +It needs land:rights\.$/m,
  );
  const pipe = `node ${TRUC} explain ${asked.join(" ")} ${file} --json --data ${platform.data} | node ${TRUC} grants request --json --data ${platform.data}`;
  const { code, stdout, stderr } = await runCommand("bash", ["-o", "pipefail", "-c", pipe]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const grant = JSON.parse(stdout);
  expect(grant).toMatchObject({
    status: "REQUESTED",
    system: { id: "insurance-inspector" },
    purpose: { code: "DATA_CLEANUP" },
    requestedBy: { id: "agency-social-security" },
  });
  await said("grants", "approve", grant.id);
  expect(await said("explain", ...asked, file)).toContain("everything is allowed, at a cost of");
  expect((await runCommand("bash", ["-c", pipe])).stdout, "there is nothing more to ask for").toBe(
    "There is nothing to ask for: everything is allowed already.\n",
  );
  const { data } = await json(
    ["query", ...asked, "--file", file],
    ["--variables", JSON.stringify({ id: platform.file.samples.parcel })],
  );
  expect(data.parcel.area).toEqual(expect.any(Number));
});

describe("truc grants", () => {
  const flags = ["--system", "business-registrar", "--purpose", "LAND_TRANSFER"];

  test("request, approve, reject, suspend, resume, revoke, show and list, as several people", async () => {
    const { id } = await json(
      ["grants", "request", ...flags, "--json", "--reason", "Offices are inspected."],
      ["--scopes", "land:parcel, population:identity", "--provinces", "01,24@2025-06-30"],
      ["--linked", "1", "--demands-actor", "--demands-case", "--until", "2027-06-30"],
    );
    expect(await json("grants", "show", id, "--json")).toMatchObject({
      status: "REQUESTED",
      validUntil: "2027-06-30",
      reason: "Offices are inspected.",
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
    });
    expect(await refusal("grants", "approve", id)).toBe(
      `Several owners are asked by grant ${id}: say who decides with --as, one of owner-land, owner-population.`,
    );
    expect(
      await refusal(
        "grants",
        "approve",
        id,
        "--as",
        "owner-land",
        "--scopes",
        "population:identity",
      ),
    ).toBe("Only an administrator of a scope's owner decides on it. (REGISTRY_SCOPE_NOT_OWNED)");
    expect(await said("grants", "approve", id, "--as", "owner-land")).toMatch(
      /^land:parcel +land-administration +approved +owner-land +Approved at the command line\.$/m,
    );
    const rejected = await json("grants", "reject", id, "--reason", "No need.", "--json");
    expect(rejected.scopes).toMatchObject([
      { scope: { name: "land:parcel" }, decision: "APPROVED", decidedBy: { id: "owner-land" } },
      { decision: "REJECTED", decidedBy: { id: "owner-population" }, reason: "No need." },
    ]);

    const parcel = ["--variables", JSON.stringify({ id: platform.file.samples.parcel })];
    const asked = [
      "query",
      ...flags,
      ...parcel,
      "query ($id: LandParcelId!) { parcel(id: $id) { area } }",
    ];
    const code = async (...further: string[]) =>
      JSON.parse((await truc(...asked, ...further)).stdout).errors?.[0].extensions.code;
    expect(await code("--case", "HS-12")).toBe("AUTHORIZE_ACTOR_MISSING");
    expect(await code("--actor", "officer.7")).toBe("AUTHORIZE_CASE_MISSING");
    expect(await code("--actor", "officer.7", "--case", "HS-12")).toBeUndefined();

    expect(await said("grants", "suspend", id, "--as", "owner-land")).toContain("suspended, from");
    expect(await refusal("grants", "resume", id)).toContain("(REGISTRY_SUSPENDED_BY_OTHERS)");
    expect(await said("grants", "resume", id, "--as", "owner-land")).toContain("active, from");
    expect(await said("grants", "revoke", id, "--as", "operator-2")).toContain("revoked, from");
    const list = await json("grants", "list", "--system", "business-registrar", "--json");
    expect(list.map(({ status }: { status: string }) => status).toSorted()).toEqual([
      "ACTIVE",
      "REVOKED",
    ]);
    expect(await said("grants", "list", "--status", "revoked")).toContain(id);
  }, 90_000);

  test("suspend and revoke at the authority with the operator's key while no router answers", async () => {
    const { id } = await json(
      ["grants", "request", "--system", "inspectorate", "--purpose", "LAND_TRANSFER"],
      ["--scopes", "land:parcel", "--json"],
    );
    const without = join(platform.data, "..", "without-router");
    await mkdir(without);
    await cp(join(platform.data, "keys"), join(without, "keys"), { recursive: true });
    const announced = JSON.parse(await readFile(join(platform.data, "platform.json"), "utf8"));
    // Nobody listens on the discard port.
    const down = { ...announced, graphql: "http://127.0.0.1:9/graphql" };
    await writeFile(join(without, "platform.json"), JSON.stringify(down));
    const order = async (...words: string[]) =>
      await runCommand(process.execPath, [TRUC, "grants", ...words, id, "--data", without]);
    expect(await order("show")).toMatchObject({
      code: 1,
      stderr: "The router does not answer at http://127.0.0.1:9/graphql.\n",
    });
    expect(await order("revoke", "--direct", "--reason", "A key was lost.")).toEqual({
      code: 0,
      stdout: `Revoked: grant ${id}.\n`,
      stderr: "",
    });
    expect(await order("suspend", "--direct")).toEqual({
      code: 1,
      stdout: "",
      stderr: "The grant has ended, so it stays as it is. (REGISTRY_GRANT_STATE)\n",
    });
    expect((await json("grants", "show", id, "--json")).status).toBe("REVOKED");
  }, 60_000);
});

test.each([
  [["token"], /^It is not said who asks: name a system and a purpose/],
  [["token", "--system", "portal"], /^It is not said who asks/],
  [
    ["token", "--system", "nobody", "--purpose", "X"],
    /^There is no system "nobody": choose one of /,
  ],
  [
    ["token", "--person", "nobody"],
    /^There is nobody called "nobody" to sign in: choose one of operator-1, /,
  ],
  [
    ["token", "--person", "auditor", "--system", "land-office"],
    /^It is not said what land-office asks for/,
  ],
  [
    ["token", "--person", "auditor", "--system", "land-office", "--purpose", "LAND_TRANSFER"],
    /^The authority refused the sign-in: /,
  ],
  [["token", "--system", "portal", "--purpose", "NONE"], /names no purpose of the catalogue\.$/],
  [
    ["query", "--person", "auditor", "--variables", "[]", "{ me { id } }"],
    /^The variables are not a JSON object\.$/,
  ],
  [
    ["query", "--person", "auditor", "--file", "/none.graphql"],
    /^The file \/none\.graphql cannot be read: /,
  ],
  [
    ["explain", "--system", "portal", "/none.graphql"],
    /^Required option '--purpose <code>' not specified/,
  ],
  [["grants", "show", "none"], /^There is no grant "none"\.$/],
  [
    ["grants", "list", "--as", "auditor", "--status", "lost"],
    /^The variable "\$filter" must be of type GrantFilter\. \(BAD_USER_INPUT\)$/,
  ],
  [["grants", "request", "/none.json"], /^The file \/none\.json cannot be read: /],
  [
    ["grants", "request", "--system", "portal"],
    /^It is not said what for: name the purpose with --purpose CODE\.$/,
  ],
  [
    ["grants", "request", "--system", "portal", "--linked", "far"],
    /It must be a whole number; --help/,
  ],
  [
    [
      "grants",
      "request",
      "--system",
      "land-office",
      "--purpose",
      "COMPANY_FOUNDING",
      "--scopes",
      "land:gold",
    ],
    /\(REGISTRY_SCOPE_UNKNOWN\)$/,
  ],
  [
    [
      "grants",
      "request",
      "--system",
      "land-office",
      "--purpose",
      "GARDENING",
      "--scopes",
      "land:parcel",
    ],
    /\(REGISTRY_PURPOSE_UNKNOWN\)$/,
  ],
  [
    [
      "grants",
      "request",
      "--system",
      "inspectorate",
      "--purpose",
      "DATA_CLEANUP",
      "--scopes",
      "land:parcel",
      "--provinces",
      "99",
    ],
    /\(REGISTRY_PROVINCE_UNKNOWN\)$/,
  ],
  [
    [
      "grants",
      "request",
      "--system",
      "inspectorate",
      "--purpose",
      "DATA_CLEANUP",
      "--scopes",
      "land:parcel",
      "--until",
      "2020-01-01",
    ],
    /\(REGISTRY_PERIOD_REVERSED\)$/,
  ],
  [
    [
      "grants",
      "request",
      "--system",
      "inspectorate",
      "--purpose",
      "DATA_CLEANUP",
      "--scopes",
      "land:parcel",
      "--as",
      "owner-land",
    ],
    /\(REGISTRY_FORBIDDEN\)$/,
  ],
  [["grants", "forget", "x"], /^Unknown command 'forget'; --help lists what there is\.$/],
])("truc %j is refused in one sentence", async (words, sentence) => {
  expect(await refusal(...words)).toMatch(sentence);
});
