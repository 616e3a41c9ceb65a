import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkReceipt } from "../harness/check-receipt.ts";
import { Platform } from "../harness/platform.ts";
import { runCommand } from "./platform-process.ts";
import { TRUC, Truc } from "./truc-command.ts";

const QUERY = "query Check($id: LandParcelId!) { parcel(id: $id) { area rightHolders { from } } }";

let platform: Platform;
let truc: Truc;
let file: string;

beforeAll(async () => {
  platform = await Platform.start({ citizens: 200, seed: 7 });
  truc = new Truc(platform.data);
  file = join(platform.data, "..", "check.graphql");
  await writeFile(file, QUERY);
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

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
    const ofCitizen = await truc.said("token", "--person", citizen);
    expect(decodeJwt(ofCitizen)).toMatchObject({
      client_id: "portal",
      purpose: "CITIZEN_RECORDS",
      sub: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(Buffer.from(ofCitizen.split(".")[1]!, "base64url").toString()).not.toContain(citizen);
    expect(decodeJwt(await truc.said("token", "--person", "operator-1"))).toMatchObject({
      client_id: "console",
      purpose: "PLATFORM_ADMINISTRATION",
    });
    const again = decodeJwt(
      await truc.said("token", "--person", citizen, "--scope", "land:parcel"),
    );
    expect(again).toMatchObject({ sub: decodeJwt(ofCitizen).sub, scope: "land:parcel" });
  });

  test("ask as a person, and with a token bound to a key", async () => {
    const { citizen } = platform.file.samples;
    for (const further of [[], ["--dpop"]]) {
      const { data } = await truc.answer("--person", citizen, ...further, "{ me { id } }");
      expect(data).toEqual({ me: { id: citizen } });
    }
  });
});

describe("truc query --receipt", () => {
  const asked = (): string[] => ["--person", platform.file.samples.citizen];
  const receiptIn = (name: string): string => join(platform.data, "..", name);

  test("writes what was asked and answered, with the proof of it, for its owner's eyes only", async () => {
    const receipt = receiptIn("receipt.json");
    const query = "{ me { id fullName } }";
    const { code, stdout, stderr } = await truc.run("query", asked(), "--receipt", receipt, query);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `The receipt is in ${receipt}. It holds what was asked and answered, personal data included; only you can read it.\n`,
    });
    expect((await stat(receipt)).mode & 0o777).toBe(0o600);
    const text = await readFile(receipt, "utf8");
    const { format, request, answer, keys } = JSON.parse(text);
    expect(format).toBe(1);
    expect(request).toEqual({
      method: "POST",
      url: platform.file.graphql,
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        prefer: "receipt",
      },
      body: JSON.stringify({ query, variables: {} }),
    });
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(stdout));
    expect(JSON.parse(answer.body).data.me.id).toBe(platform.file.samples.citizen);
    const headers = new Map<string, string>(Object.entries(answer.headers));
    const told = checkReceipt({ ...answer, request: request.body, headers }, keys);
    expect(told.id).toMatch(/^[0-9a-f-]{36}$/);
    // Neither token nor private key.
    expect(text).not.toMatch(/bearer|eyJ|"d":/i);
  });

  test("writes over nothing, and asks nothing then", async () => {
    const receipt = receiptIn("kept.json");
    await writeFile(receipt, "kept");
    expect(await truc.refusal("query", asked(), "--receipt", receipt, "{ me { id } }")).toBe(
      `The file ${receipt} is there already: name another for the receipt.`,
    );
    expect(await readFile(receipt, "utf8")).toBe("kept");
  });

  test("is refused, before anything is asked, where it cannot be written", async () => {
    expect(
      await truc.refusal("query", asked(), "--receipt", "/nope/receipt.json", "{ me { id } }"),
    ).toBe(
      "The receipt cannot be written to /nope/receipt.json (there is no such folder): nothing was asked; name another file.",
    );
  });

  test("says so where there is no receipt", async () => {
    const receipt = receiptIn("none.json");
    const { code, stdout, stderr } = await truc.run("query", asked(), "--receipt", receipt, "{ me");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `The answer carries no receipt, so ${receipt} was not written.\n`,
    });
    expect(JSON.parse(stdout).errors[0].extensions.code).toBe("GRAPHQL_PARSE_FAILED");
    await expect(stat(receipt)).rejects.toThrow("ENOENT");
  });
});

test("truc explain says of every field what opens it, and its --json is what truc grants request takes", async () => {
  const asked = ["--system", "insurance-inspector", "--purpose", "DATA_CLEANUP"];
  const table = await truc.said("explain", ...asked, file);
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
  await truc.said("grants", "approve", grant.id);
  expect(await truc.said("explain", ...asked, file)).toContain(
    "everything is allowed, at a cost of",
  );
  expect((await runCommand("bash", ["-c", pipe])).stdout, "there is nothing more to ask for").toBe(
    "There is nothing to ask for: everything is allowed already.\n",
  );
  const { data } = await truc.answer(
    [...asked, "--file", file],
    ["--variables", JSON.stringify({ id: platform.file.samples.parcel })],
  );
  expect(data.parcel.area).toEqual(expect.any(Number));
});

const LAND_PARCEL = ["--purpose", "DATA_CLEANUP", "--scopes", "land:parcel"];
const INSPECTORATE = ["grants", "request", "--system", "inspectorate", ...LAND_PARCEL];

test.each([
  ["token", /^It is not said who asks: name a system and a purpose/],
  ["token --system portal", /^It is not said who asks/],
  ["token --system nobody --purpose X", /^There is no system "nobody": choose one of /],
  [
    "token --person nobody",
    /^There is nobody called "nobody" to sign in: choose one of operator-1, /,
  ],
  [
    "query --person 001084980027 {me{id}}",
    /^There is nobody called "001084980027" .*, or any synthetic number \(12 digits beginning with 9\)\.$/,
  ],
  ["token --person auditor --system land-office", /^It is not said what land-office asks for/],
  [
    "token --person auditor --system land-office --purpose LAND_TRANSFER",
    /^The authority refused the sign-in: /,
  ],
  ["token --system portal --purpose NONE", /names no purpose of the catalogue\.$/],
  ["query --person auditor --variables [] {me{id}}", /^The variables are not a JSON object\.$/],
  ["query --person auditor --file /none.graphql", /^The file \/none\.graphql cannot be read: /],
  ["explain --system portal /none.graphql", /^Required option '--purpose <code>' not specified/],
  ["grants forget x", /^Unknown command 'forget'; --help lists what there is\.$/],
  ["grants show none", /^There is no grant "none"\.$/],
  ["grants approve none", /^There is no grant "none"\.$/],
  ["grants withdraw none", /^There is no grant "none"\.$/],
  ["grants withdraw none --as agency-inspectorate", /\(REGISTRY_GRANT_UNKNOWN\)$/],
  ["grants revoke none --direct", /\(REGISTRY_GRANT_UNKNOWN\)$/],
  ...["suspend", "resume", "revoke"].map((verb): [string, RegExp] => [
    `grants ${verb} none --direct --as operator-2`,
    /^With --direct it is the operator's key that acts, and not operator-2: leave out --as, or --direct\.$/,
  ]),
  [
    "grants list --status lost",
    /'lost' is invalid\. Choose one of requested, active, suspended, revoked, rejected, ended; /,
  ],
  ["grants request /none.json", /^The file \/none\.json cannot be read: /],
  [
    "grants request --system portal",
    /^It is not said what for: name the purpose with --purpose CODE\.$/,
  ],
  [
    "grants request --system portal --purpose DATA_CLEANUP",
    /^It is not said what is to be opened: name it with --scopes SCOPES\.$/,
  ],
  [
    "grants request --system nobody --purpose X --scopes land:parcel",
    /^The registry knows no system "nobody"\.$/,
  ],
])("truc %s is refused in one sentence", async (words, sentence) => {
  expect(await truc.refusal(words.split(" "))).toMatch(sentence);
});

test.each([
  ["--linked far", /It must be a whole number from 0 to 3; --help/],
  ["--linked 4", /It must be a whole number from 0 to 3; --help/],
  ["--cost-per-minute 0", /It must be a whole number from 1 to 1000000000; --help/],
  ["--subjects everyone", /'everyone' is invalid\. Choose one of any, self, household; /],
  ["--until 2027-02-30", /It must be a day of the calendar, YYYY-MM-DD; --help/],
  ["--provinces 1", /"1" is not a province's code of two digits; --help/],
  ["--provinces 01@then", /It must be a day of the calendar, YYYY-MM-DD; --help/],
  ["--provinces 99", /\(REGISTRY_PROVINCE_UNKNOWN\)$/],
  ["--scopes land:gold", /\(REGISTRY_SCOPE_UNKNOWN\)$/],
  ["--purpose GARDENING", /\(REGISTRY_PURPOSE_UNKNOWN\)$/],
  ["--until 2020-01-01", /\(REGISTRY_PERIOD_REVERSED\)$/],
  ["--as owner-land", /\(REGISTRY_FORBIDDEN\)$/],
])("a request with %s is refused in one sentence", async (words, sentence) => {
  expect(await truc.refusal(INSPECTORATE, words.split(" "))).toMatch(sentence);
});
