import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type PermitSecrets, Refusal, verifyFeedToken } from "@truc/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Authority, type AuthorityOptions, openAuthority } from "./authority.ts";

const secrets: PermitSecrets = { keys: [{ kid: "k1", secret: "s".repeat(43) }] };
const ISSUER = "https://authority.example";

const SNAPSHOT = {
  revision: 7,
  scopes: [{ name: "land:parcel", owner: "land-agency" }],
  purposes: [],
  systems: [],
  grants: [],
  operations: [],
  suspendedSubjects: [],
};

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

let server: Server;
let origin: string;
let answer: Answer;
/** Of each question: method, address, token and body. */
let asked: { method: string; url: string; token: string; body: string }[];
/** How many connections the other side has closed. */
let closed: number;

beforeEach(async () => {
  asked = [];
  closed = 0;
  server = createServer(async (request, response) => {
    response.on("close", () => (closed += 1));
    let body = "";
    for await (const piece of request) body += String(piece);
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    asked.push({ method: request.method!, url: request.url!, token, body });
    await answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function authority(options: Partial<AuthorityOptions> = {}): Authority {
  return openAuthority({ origin, issuer: ISSUER, secrets, ...options });
}

/** A feed that goes on for ever, in pieces cut at odd places. */
function feed(text: string): Answer {
  return (_, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const bytes = Buffer.from(text);
    response.write(bytes.subarray(0, 21));
    response.write(bytes.subarray(21));
  };
}

const firstLine = (snapshot: unknown): string =>
  `${JSON.stringify({ kind: "snapshot", snapshot })}\n{"kind":"alive"`;

const person = (value: unknown): Answer => json(200, value);

function json(status: number, value: unknown): Answer {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
}

async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await work.then(
    () => "it was answered",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refusal);
  return error as Refusal;
}

describe("the registry", () => {
  it("is the feed's first line, asked for with a feed token; then the connection is closed", async () => {
    answer = feed(firstLine({ ...SNAPSHOT, scopes: [{ name: "đất:thửa", owner: "sở" }] }));
    const registry = await authority().registry();
    expect(registry).toEqual({ ...SNAPSHOT, scopes: [{ name: "đất:thửa", owner: "sở" }] });
    expect(asked.map(({ method, url }) => [method, url])).toEqual([["GET", "/private/feed"]]);
    verifyFeedToken(asked[0]!.token, ISSUER, secrets);
    await expect.poll(() => closed).toBe(1);
  });

  it("is made out to the origin where no issuer is named", async () => {
    answer = feed(firstLine(SNAPSHOT));
    await openAuthority({ origin, secrets }).registry();
    verifyFeedToken(asked[0]!.token, origin, secrets);
  });

  it("is asked for once by all who wait, and again only after five seconds", async () => {
    let now = 1_000;
    answer = feed(firstLine(SNAPSHOT));
    const asking = authority({ now: () => now });
    await Promise.all([asking.registry(), asking.registry(), asking.registry()]);
    now += 4_999;
    expect((await asking.registry()).revision).toBe(7);
    expect(asked).toHaveLength(1);
    now += 1;
    answer = feed(firstLine({ ...SNAPSHOT, revision: 8 }));
    expect((await asking.registry()).revision).toBe(8);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, Answer]>([
    ["another status", json(503, {})],
    ["a line of another form", feed('{"kind":"snapshot","snapshot":{"revision":"x"}}\n')],
    ["a sign of life before any registry", feed('{"kind":"alive","revision":3}\n')],
    ["no JSON", feed("secret words of somebody, no JSON\n")],
    ["an end in the middle", (_, response) => response.end('{"kind":"snap')],
    ["a connection broken off", (_, response) => response.destroy()],
  ])("is AUTHORITY_UNAVAILABLE after %s, and asked for anew", async (_, bad) => {
    answer = bad;
    const warnings: unknown[] = [];
    const asking = authority({ log: { warn: (...words: unknown[]) => warnings.push(words) } });
    const refusal = await refusalOf(asking.registry());
    expect([refusal.code, refusal.status, refusal.extensions]).toEqual([
      "AUTHORITY_UNAVAILABLE",
      503,
      { code: "AUTHORITY_UNAVAILABLE" },
    ]);
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain("secret words");
    answer = feed(firstLine(SNAPSHOT));
    expect((await asking.registry()).revision).toBe(7);
  });

  it("is AUTHORITY_UNAVAILABLE when the first line does not come to its end in time", async () => {
    answer = (_, response) => response.writeHead(200).write('{"kind":"snap');
    const refusal = await refusalOf(authority({ deadlineMs: 100 }).registry());
    expect(refusal.code).toBe("AUTHORITY_UNAVAILABLE");
  });

  it("is AUTHORITY_UNAVAILABLE where nobody listens", async () => {
    const asking = openAuthority({ origin: "http://127.0.0.1:1", secrets });
    expect((await refusalOf(asking.registry())).code).toBe("AUTHORITY_UNAVAILABLE");
  });
});

describe("somebody's roles", () => {
  const roles = [
    { role: "auditor", agency: null },
    { role: "owner-admin", agency: "land-agency" },
  ];

  it("are asked for by the subject, and believed for two seconds", async () => {
    let now = 0;
    const asking = authority({ now: () => now });
    answer = person({ pin: null, status: "active", roles });
    expect(await asking.rolesOf("s-1")).toEqual(roles);
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ["POST", "/private/subject", '{"subject":"s-1"}'],
    ]);
    verifyFeedToken(asked[0]!.token, ISSUER, secrets);
    answer = person({ pin: null, status: "active", roles: [] });
    expect(await asking.rolesOf("s-2")).toEqual([]);
    now = 1_999;
    expect(await asking.rolesOf("s-1")).toEqual(roles);
    now = 2_000;
    expect(await asking.rolesOf("s-1")).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["suspended", person({ pin: null, status: "suspended", roles })],
    ["unknown", json(404, { errors: [] })],
    ["without any", person({ pin: "001199000001", status: "active" })],
  ])("are none for somebody %s", async (_, given) => {
    answer = given;
    expect(await authority().rolesOf("s-1")).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["another status", json(401, {})],
    ["another form", person({ status: "active" })],
    ["too much", (_, response) => response.end(JSON.stringify("x".repeat(70_000)))],
    ["silence", () => {}],
  ])("are AUTHORITY_UNAVAILABLE after %s", async (_, bad) => {
    answer = bad;
    const refusal = await refusalOf(authority({ deadlineMs: 200 }).rolesOf("s-1"));
    expect(refusal.code).toBe("AUTHORITY_UNAVAILABLE");
  });
});
