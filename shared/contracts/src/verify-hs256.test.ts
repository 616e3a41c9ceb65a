import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { signAuditToken, verifyAuditToken } from "./audit/audit-keys.ts";
import { signHs256 } from "./hs256.ts";
import { type Permit, signPermit, UNLIMITED, verifyPermit } from "./permit.ts";
import { signFeedToken, verifyFeedToken } from "./registry-feed.ts";
import { verifyHs256 } from "./verify-hs256.ts";

const NOW = Date.parse("2026-11-22T08:00:00.999Z") / 1_000 - 0.999;
const own = { kid: "a", secret: "C".repeat(43) };
const other = { kid: "b", secret: "B".repeat(43) };
const secrets = { keys: [own] };
const is = { type: "order+jwt", audience: "ships", maxAgeSeconds: 60 };
const CLAIMS = { aud: "ships", iat: NOW, exp: NOW + 60 };
const HEADER = { alg: "HS256", typ: "order+jwt", kid: "a" };

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1_000 + 999 }));
afterEach(() => void vi.useRealTimers());

const verify = (token: string) => verifyHs256(token, is, secrets);
const part = (value: object | string | Buffer): string =>
  (Buffer.isBuffer(value)
    ? value
    : Buffer.from(typeof value === "string" ? value : JSON.stringify(value))
  ).toString("base64url");
const mac = (signed: string, secret = own.secret): string =>
  createHmac("sha256", Buffer.from(secret, "base64url")).update(signed).digest("base64url");
/** Two texts with the signature that belongs to them, whatever they are. */
const signed = (header: string, payload: string): string =>
  `${header}.${payload}.${mac(`${header}.${payload}`)}`;
const withHeader = (header: object): string => signed(part({ ...HEADER, ...header }), part(CLAIMS));
const withClaims = (claims: object): string => signed(part(HEADER), part({ ...CLAIMS, ...claims }));

test("a token is what was signed, by whichever secret it names", () => {
  const claims = { ...CLAIMS, name: "Nguyễn Thị Ánh", __proto__x: 1 };
  expect(verify(signHs256("order+jwt", claims, secrets))).toEqual(claims);
  expect(verify(signed(part(HEADER), part(claims)))).toEqual(claims);
  const both = { keys: [other, own] };
  expect(verifyHs256(signHs256("order+jwt", claims, { keys: [other] }), is, both)).toEqual(claims);
  expect(verifyHs256(signHs256("order+jwt", claims, { keys: [own] }), is, both)).toEqual(claims);
});

describe("an attacker gets nothing by", () => {
  const [header, payload, signature] = signed(part(HEADER), part(CLAIMS)).split(".") as [
    string,
    string,
    string,
  ];

  it("saying that a token is not signed", () => {
    for (const alg of ["none", "None", "NONE", ""]) {
      const bare = `${part({ ...HEADER, alg })}.${payload}`;
      for (const token of [`${bare}.`, bare, `${bare}.${mac(bare)}`])
        expect(() => verify(token)).toThrow(/"alg"|three parts/);
    }
  });

  it("signing with a key of another kind, or another hash", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const text = `${part({ ...HEADER, alg: "RS256" })}.${payload}`;
    const rsa = sign("sha256", Buffer.from(text), privateKey).toString("base64url");
    expect(() => verify(`${text}.${rsa}`)).toThrow('"alg"');
    expect(() => verify(`${text}.${mac(text)}`)).toThrow('"alg"');
    const long = createHmac("sha512", Buffer.from(own.secret, "base64url"));
    const sha512 = long.update(`${header}.${payload}`).digest("base64url");
    expect(() => verify(`${header}.${payload}.${sha512}`)).toThrow("signature");
    for (const alg of ["hs256", "HS384", "HS512", ["HS256"], null, undefined])
      expect(() => verify(withHeader({ alg }))).toThrow('"alg"');
  });

  it("leaving out the signature, or part of it, or putting something behind", () => {
    const text = `${header}.${payload}`;
    const wrong = [
      "",
      signature.slice(0, -1),
      signature.slice(0, 4),
      `${signature}A`,
      `${signature}=`,
    ];
    for (const each of wrong) expect(() => verify(`${text}.${each}`)).toThrow("signature");
    expect(() => verify(text)).toThrow("three parts");
    expect(() => verify(`${text}.${signature}.`)).toThrow("three parts");
    expect(() => verify(`${text}.${signature}.${signature}`)).toThrow("three parts");
    expect(() => verify("")).toThrow("three parts");
  });

  it("another text of the same signature's bytes", () => {
    // 32 bytes are 43 letters of 6 bits: the last one has two that say nothing.
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = letters[letters.indexOf(signature.at(-1)!) + 1]!;
    const same = signature.slice(0, -1) + last;
    expect(Buffer.from(same, "base64url").equals(Buffer.from(signature, "base64url"))).toBe(true);
    expect(() => verify(`${header}.${payload}.${same}`)).toThrow("signature");
  });

  it("a signature under another secret, or under none", () => {
    const text = `${header}.${payload}`;
    expect(() => verify(`${text}.${mac(text, other.secret)}`)).toThrow("signature");
    expect(() => verify(`${text}.${mac(text, "")}`)).toThrow("signature");
    expect(() => verify(signHs256("order+jwt", CLAIMS, { keys: [other] }))).toThrow(
      "names no secret",
    );
    for (const kid of [undefined, null, 0, ["a"], "", "A", "__proto__", "constructor"])
      expect(() => verify(withHeader({ kid }))).toThrow("names no secret");
  });

  it("changing one letter of what was signed", () => {
    const more = part({ ...CLAIMS, scopes: ["everything"] });
    expect(() => verify(`${header}.${more}.${signature}`)).toThrow("signature");
    const named = part({ ...HEADER, typ: "feed+jwt" });
    expect(() => verify(`${named}.${payload}.${signature}`)).toThrow("signature");
  });

  it("showing one kind of token as another, under the same secret", () => {
    const permit: Permit = {
      ...CLAIMS,
      scopes: [],
      limits: UNLIMITED,
      distance: 0,
      system: "office",
    };
    const tokens = {
      permit: signPermit(permit, secrets),
      feed: signFeedToken("ships", secrets),
      audit: signAuditToken("ships", secrets),
    };
    const taken = (check: (token: string, audience: string, by: typeof secrets) => unknown) =>
      Object.entries(tokens).flatMap(([kind, token]) => {
        try {
          check(token, "ships", { keys: [...secrets.keys] });
          return [kind];
        } catch (error) {
          expect((error as Error).message).toContain('"typ"');
          return [];
        }
      });
    expect(taken(verifyPermit)).toEqual(["permit"]);
    expect(taken(verifyFeedToken)).toEqual(["feed"]);
    expect(taken(verifyAuditToken)).toEqual(["audit"]);
  });

  it("a token that is too long to look at", () => {
    const padded = (length: number) => withClaims({ padding: "x".repeat(length) });
    const room = Math.floor(((65_536 - padded(0).length) * 3) / 4);
    expect(verify(padded(room - 3))).toMatchObject(CLAIMS);
    expect(() => verify(padded(room + 3))).toThrow("too long");
  });
});

describe("a token of ours is refused", () => {
  test.each<[string, object]>([
    ["says what must be understood", { crit: ["exp"], exp: 1 }],
    ["says that of what is understood", { crit: ["b64"], b64: true }],
    ["says nothing where it must say something", { crit: [] }],
    ["has a payload that is not encoded", { b64: false }],
    ["has one that is, and says so", { b64: true }],
  ])("whose header %s", (_what, header) => {
    expect(() => verify(withHeader(header))).toThrow("extensions");
  });

  test.each<[string, unknown]>([
    ["another", "at+jwt"],
    ["in capitals", "ORDER+JWT"],
    ["a media type", "application/order+jwt"],
    ["missing", undefined],
    ["a list", ["order+jwt"]],
  ])("whose type is %s", (_what, typ) => {
    expect(() => verify(withHeader({ typ }))).toThrow('"typ"');
  });

  test.each<[string, object, string]>([
    ["is another's", { aud: "crews" }, "aud"],
    ["has others only", { aud: ["crews", "Ships"] }, "aud"],
    ["has it one list too deep", { aud: [["ships"]] }, "aud"],
    ["is nobody's", { aud: undefined }, "aud"],
    ["has no beginning", { iat: undefined }, "iat"],
    ["begins with a text", { iat: String(NOW) }, "iat"],
    ["has no end", { exp: undefined }, "exp"],
    ["ends with a text", { exp: String(NOW + 60) }, "exp"],
    ["ends with null", { exp: null }, "exp"],
    ["begins to count with a text", { nbf: "0" }, "nbf"],
    ["ended five seconds ago", { exp: NOW - 5 }, "exp"],
    ["began six seconds from now", { iat: NOW + 6 }, "iat"],
    ["began sixty-six seconds ago", { iat: NOW - 66 }, "iat"],
    ["does not count for six seconds", { nbf: NOW + 6 }, "nbf"],
  ])("that %s", (_what, claims, name) => {
    expect(() => verify(withClaims(claims))).toThrow(`"${name}"`);
  });

  test.each<[string, string]>([
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"ships"'],
    ["no JSON", "{'aud':'ships'}"],
    ["nothing", ""],
    ["a mark of byte order before JSON", `\uFEFF${JSON.stringify(CLAIMS)}`],
  ])("whose payload is %s", (_what, text) => {
    expect(() => verify(signed(part(HEADER), part(text)))).toThrow("not a JSON object");
  });

  test("that ends after what numbers can say", () => {
    const text = `{"aud":"ships","iat":${NOW},"exp":1e999}`;
    expect(() => verify(signed(part(HEADER), part(text)))).toThrow('"exp"');
  });

  test("whose payload or header is not UTF-8", () => {
    const wrong = (value: object) =>
      part(Buffer.from(JSON.stringify({ ...value, name: "\u00ff" }), "latin1"));
    expect(() => verify(signed(part(HEADER), wrong(CLAIMS)))).toThrow("payload is not UTF-8");
    expect(() => verify(signed(wrong(HEADER), part(CLAIMS)))).toThrow("header is not UTF-8");
  });

  test("whose parts are written otherwise than base64url is", () => {
    const texts = (value: object): string[] => {
      // One byte more than whole groups of three: two letters at the end, four bits that say nothing.
      const json = JSON.stringify(value);
      const bytes = Buffer.from(json + " ".repeat((4 - (json.length % 3)) % 3));
      const text = bytes.toString("base64url");
      const next = { A: "B", Q: "R", g: "h", w: "x" }[text.at(-1)!]!;
      expect(Buffer.from(text.slice(0, -1) + next, "base64url").equals(bytes)).toBe(true);
      return [
        `${text}==`,
        `${text}=`,
        `${text}\n`,
        ` ${text}`,
        `${text}!`,
        text.slice(0, -1) + next,
      ];
    };
    for (const text of texts(HEADER))
      expect(() => verify(signed(text, part(CLAIMS)))).toThrow("header is not base64url");
    for (const text of texts(CLAIMS))
      expect(() => verify(signed(part(HEADER), text))).toThrow("payload is not base64url");
    const slashes = Buffer.from(JSON.stringify({ ...CLAIMS, name: "???>>>" })).toString("base64");
    expect(slashes).toMatch(/[+/]/);
    const bare = slashes.replaceAll("=", "");
    expect(() => verify(signed(part(HEADER), bare))).toThrow("payload is not base64url");
  });
});

test("a token of ours is taken up to five seconds beyond its time, and by one of its audiences", () => {
  for (const claims of [
    { exp: NOW - 4 },
    { iat: NOW + 5, nbf: NOW + 5 },
    { iat: NOW - 65 },
    { iat: NOW - 0.5 },
    { aud: ["crews", "ships"] },
    { aud: [7, null, "ships"] },
  ])
    expect(verify(withClaims(claims))).toEqual({ ...CLAIMS, ...claims });
});

test("a refusal repeats nothing out of the token", () => {
  const name = "Nguyễn Thị Ánh";
  const spoilt = [
    signed(part(HEADER), part(`{"person":"${name}`)),
    signed(part(`{"kid":"${name}`), part(CLAIMS)),
    withHeader({ kid: name }),
    withHeader({ typ: name }),
    withHeader({ alg: name }),
    withClaims({ aud: name }),
    withClaims({ exp: name }),
  ];
  for (const token of spoilt) expect(() => verify(token)).toThrow(/^(?!.*(?:Nguyễn|Ánh))/u);
});
