import { createHmac } from "node:crypto";
import fc from "fast-check";
import { jwtVerify } from "jose";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { verifyHs256 } from "./verify-hs256.ts";

/**
 * Tokens of every kind of wrong, shown to ours and to jose's check: what ours takes jose takes, with the same claims; what
 * jose takes ours takes, but for what it says it is stricter in. Set HS256_SEED to run the cases of an earlier run again;
 * HS256_CASES for more.
 */
const SEED = Number(process.env["HS256_SEED"] ?? Date.now() % 1_000_000_000);
const CASES = Number(process.env["HS256_CASES"] ?? 5_000);

console.log(`tokens under shared secrets: seed ${SEED}, ${CASES} cases`);

const NOW = 1_795_000_000;
const TYPE = "order+jwt";
const AUDIENCE = "ships";
const secrets = {
  keys: [
    { kid: "b", secret: "B".repeat(43) },
    { kid: "a", secret: "Z".repeat(44) },
  ],
};

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1_000 + 700 }));
afterEach(() => void vi.useRealTimers());

/** A member of an object as JSON has it, mostly right; or another, or none, or two of one name. */
function member(name: string, right: string, others: readonly string[]): fc.Arbitrary<string[]> {
  const as = (value: string): string => `${JSON.stringify(name)}:${value}`;
  const other = fc.constantFrom(...others);
  return fc.oneof(
    { weight: 40, arbitrary: fc.constant<string[]>([as(right)]) },
    { weight: 5, arbitrary: other.map((value): string[] => [as(value)]) },
    { weight: 1, arbitrary: other.map((value): string[] => [as(value), as(right)]) },
    { weight: 1, arbitrary: other.map((value): string[] => [as(right), as(value)]) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
  );
}

/** Members that need not be there, and mostly are not. */
function sometimes(...members: readonly string[]): fc.Arbitrary<string[]> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.constantFrom(...members).map((text): string[] => [text]) },
  );
}

function objectOf(...members: readonly fc.Arbitrary<string[]>[]): fc.Arbitrary<string> {
  return fc.tuple(fc.tuple(...members), fc.nat(3)).map(([all, turns]) => {
    const flat = all.flat();
    return `{${[...flat.slice(turns), ...flat.slice(0, turns)].join(",")}}`;
  });
}

const around = (moment: number): string[] =>
  [-66, -65, -6, -5, -4, 0, 4, 5, 6, 60, 0.5, -5.5].map((by) => String(moment + by));
const NO_TIMES = [
  '"1795000000"',
  "null",
  "true",
  "1e999",
  "-1e999",
  "2e999",
  "-2e999",
  "-0",
  "[1795000000]",
  "{}",
];
const ODD = ['"__proto__":{"alg":"HS256","kid":"b","aud":"ships"}', '"x":"\\ud800"', '"ễ":"Ễ😀"'];

const headers = objectOf(
  member("alg", '"HS256"', [
    '"none"',
    '"hs256"',
    '"HS384"',
    '"RS256"',
    '"ES256"',
    '""',
    "null",
    '["HS256"]',
  ]),
  member("typ", `"${TYPE}"`, [
    `"application/${TYPE}"`,
    '"ORDER+JWT"',
    '"Application/order+JWT"',
    '"at+jwt"',
    '"order+jwt "',
    "1",
  ]),
  member("kid", '"b"', ['"a"', '"c"', '"B"', "null", "1", '["b"]', '"__proto__"']),
  sometimes(
    '"crit":["b64"],"b64":true',
    '"crit":["b64"],"b64":false',
    '"crit":["b64"]',
    '"crit":["exp"],"exp":1',
    '"crit":[]',
    '"crit":null',
    '"crit":"b64"',
    '"b64":false',
    '"b64":true',
    '"b64":null',
  ),
  sometimes(
    '"jku":"http://localhost/"',
    '"jwk":{"kty":"oct","k":"AAAA"}',
    '"x5c":["AAAA"]',
    '"zip":"DEF"',
    '"cty":"JWT"',
    ...ODD,
  ),
);
const payloads = objectOf(
  member("aud", `"${AUDIENCE}"`, [
    '["ships"]',
    '["crews","ships"]',
    '[1,null,"ships"]',
    '["crews"]',
    '[["ships"]]',
    '"crews"',
    '"Ships"',
    "null",
    '{"0":"ships"}',
    "[]",
  ]),
  member("iat", String(NOW), [...around(NOW), ...around(NOW), ...NO_TIMES]),
  member("exp", String(NOW + 60), [...around(NOW), ...around(NOW), ...NO_TIMES]),
  sometimes(...[...around(NOW), ...NO_TIMES].map((time) => `"nbf":${time}`)),
  sometimes('"scopes":["ships:hull"],"jti":"1"', '"iss":7', ...ODD),
);

/** The bytes of a JSON text, or such as are none, or another's. */
const spoilings: Readonly<Record<string, (text: string) => Buffer>> = {
  blanks: (text) => Buffer.from(` ${text}\r\n\t`),
  "byte order mark": (text) => Buffer.from(`\uFEFF${text}`),
  "another's bytes": (text) =>
    Buffer.concat([
      Buffer.from(`${text.slice(0, -1)},"x":"`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]),
  "half a pair": (text) =>
    Buffer.concat([
      Buffer.from(`${text.slice(0, -1)},"x":"`),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  "too many bytes": (text) =>
    Buffer.concat([
      Buffer.from(`${text.slice(0, -1)},"x":"`),
      Buffer.from([0xc0, 0xae]),
      Buffer.from('"}'),
    ]),
  list: (text) => Buffer.from(`[${text}]`),
  twice: (text) => Buffer.from(text + text),
  half: (text) => Buffer.from(text.slice(0, -1)),
  nothing: () => Buffer.alloc(0),
  "a zero behind": (text) => Buffer.from(`${text}\0`),
};

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Bytes as base64url, or as something like it. */
const writings: Readonly<Record<string, (bytes: Buffer) => string>> = {
  padded: (bytes) => bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
  "padded for nothing": (bytes) => `${bytes.toString("base64url")}=`,
  "padded by three": (bytes) => `${bytes.toString("base64url")}===`,
  base64: (bytes) => bytes.toString("base64").replaceAll("=", ""),
  "with a blank": (bytes) => `${bytes.toString("base64url")} `,
  "over two lines": (bytes) => bytes.toString("base64url").replace(/^.{5}/, "$&\n"),
  "with stray bits": (bytes) => {
    const text = bytes.toString("base64url");
    return text.slice(0, -1) + (LETTERS[LETTERS.indexOf(text.at(-1) ?? "") + 1] ?? "");
  },
  "with a letter behind": (bytes) => `${bytes.toString("base64url")}A`,
  "with another letter": (bytes) => `${bytes.toString("base64url")}é`,
  "with a zero": (bytes) => `${bytes.toString("base64url")}\0`,
  "of half": (bytes) => bytes.subarray(0, bytes.length >> 1).toString("base64url"),
  "of one less": (bytes) => bytes.subarray(0, -1).toString("base64url"),
  "of one more": (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]).toString("base64url"),
  "of none": () => "",
  "in hexadecimal": (bytes) => bytes.toString("hex"),
};

const shapes: Readonly<Record<string, (token: string, at: number) => string>> = {
  "a part more": (token) => `${token}.`,
  "two parts more": (token) => `${token}.e30.e30`,
  "a part less": (token) => token.slice(0, token.lastIndexOf(".")),
  "a dot before": (token) => `.${token}`,
  "a blank before": (token) => ` ${token}`,
  "a line behind": (token) => `${token}\n`,
  "a letter changed": (token, at) =>
    token.slice(0, at % token.length) + LETTERS[at % 64]! + token.slice((at % token.length) + 1),
  "a letter left out": (token, at) =>
    token.slice(0, at % token.length) + token.slice((at % token.length) + 1),
  "header for payload": (token) => token.replace(/^([^.]*)\.([^.]*)/, "$2.$1"),
  "too long": (token) =>
    `${token.replace(/\..*/s, "")}.${"A".repeat(70_000)}.${token.replace(/.*\./s, "")}`,
};

/** Nothing done to it, mostly; or one thing out of a list. */
function mostly<T>(right: T, others: Readonly<Record<string, T>>): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(right) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(others)).map((name) => others[name]!) },
  );
}

const bytesOf = mostly<(text: string) => Buffer>((text) => Buffer.from(text), spoilings);
const textOf = mostly<(bytes: Buffer) => string>((bytes) => bytes.toString("base64url"), writings);
const signers = mostly<(signed: string, secret: string) => Buffer>(
  (signed, secret) => hmac("sha256", signed, secret),
  {
    another: (signed) => hmac("sha256", signed, "C".repeat(43)),
    none: (signed) => hmac("sha256", signed, ""),
    "as it is written": (signed, secret) => createHmac("sha256", secret).update(signed).digest(),
    sha512: (signed, secret) => hmac("sha512", signed, secret),
  },
);

function hmac(hash: string, signed: string, secret: string): Buffer {
  return createHmac(hash, Buffer.from(secret, "base64url")).update(signed).digest();
}

const tokens = fc
  .record({
    header: fc.tuple(headers, bytesOf, textOf),
    payload: fc.tuple(payloads, bytesOf, textOf),
    sign: signers,
    signature: textOf,
    shape: mostly<(token: string, at: number) => string>((token) => token, shapes),
    at: fc.nat(2_000),
  })
  .map(({ header, payload, sign, signature, shape, at }) => {
    const write = ([text, bytes, base64]: typeof header): string => base64(bytes(text));
    const signed = `${write(header)}.${write(payload)}`;
    const secret = header[0].includes('"kid":"a"') ? secrets.keys[1]! : secrets.keys[0]!;
    return shape(`${signed}.${signature(sign(signed, secret.secret))}`, at);
  });

async function byJose(token: string): Promise<object | undefined> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = secrets.keys.find((each) => each.kid === kid);
        if (key === undefined) throw new Error("no such secret");
        return Buffer.from(key.secret, "base64url");
      },
      {
        algorithms: ["HS256"],
        typ: TYPE,
        audience: AUDIENCE,
        requiredClaims: ["iat", "exp"],
        maxTokenAge: 60,
        clockTolerance: 5,
      },
    );
    return payload;
  } catch {
    return undefined;
  }
}

function byOurs(token: string): object | undefined {
  try {
    return verifyHs256(token, { type: TYPE, audience: AUDIENCE, maxAgeSeconds: 60 }, secrets);
  } catch {
    return undefined;
  }
}

/** As what `verifyHs256` says it refuses beside what jose does; undefined where it has no such reason. */
function stricterIn(token: string): string | undefined {
  const parts = token.split(".");
  if (token.length > 64 * 1024) return "length";
  if (parts.some((part) => !isCanonical(part))) return "writing";
  const [header, payload] = parts.slice(0, 2).map((part) => Buffer.from(part, "base64url"));
  if ([header!, payload!].some((bytes) => bytes.toString().startsWith("\uFEFF"))) return "mark";
  const facts = JSON.parse(header!.toString()) as Record<string, unknown>;
  if (Object.hasOwn(facts, "crit") || Object.hasOwn(facts, "b64")) return "extensions";
  if (facts["typ"] !== TYPE) return "type";
  const claims = JSON.parse(payload!.toString()) as Record<string, unknown>;
  const times = ["iat", "exp", "nbf"].map((name) => claims[name]);
  if (times.some((time) => Math.abs(Number(time)) === Infinity)) return "time";
  return undefined;
}

/** RFC 4648, section 5 without padding: whole groups of four, then two letters with four bits to spare, or three with two. */
function isCanonical(part: string): boolean {
  return /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/.test(part);
}

const done = new Map<string, number>();

test("ours takes nothing that jose does not take, and is stricter only where it says so", async () => {
  const compare = async (token: string): Promise<void> => {
    const [ours, joses] = [byOurs(token), await byJose(token)];
    let outcome = ours === undefined ? "refused" : "taken";
    if (ours !== undefined || joses === undefined) expect(ours).toEqual(joses);
    else {
      const reason = stricterIn(token);
      expect(reason, "jose takes it").toBeDefined();
      outcome = `stricter: ${reason}`;
    }
    done.set(outcome, (done.get(outcome) ?? 0) + 1);
  };
  await fc.assert(fc.asyncProperty(tokens, compare), { numRuns: CASES, seed: SEED });
});

test("and some of every kind came up", () => {
  const kinds = ["writing", "mark", "extensions", "type", "time"].map(
    (each) => `stricter: ${each}`,
  );
  for (const kind of ["taken", "refused", ...kinds])
    expect(done.get(kind), kind).toBeGreaterThan(0);
});

afterAll(() => console.log("tokens under shared secrets:", Object.fromEntries(done)));
