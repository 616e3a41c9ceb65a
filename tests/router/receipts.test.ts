import { generateKeyPairSync } from "node:crypto";
import { verifyReceipt, type ReceiptFile } from "@truc/audit/verifier";
import type { FeedGrant } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkReceipt, type Exchange } from "../harness/check-receipt.ts";
import {
  answerOf,
  APPLIED,
  bodyFor,
  carried,
  CROWD,
  PREFERRED,
  QUERY,
  RECEIPT_HEADERS,
  ReceiptedRouter,
  textOf,
  type Asked,
} from "../harness/receipted-router.ts";

let own: ReceiptedRouter;
beforeAll(async () => {
  own = await ReceiptedRouter.start();
});
afterAll(async () => await own.stop());

describe("an answer with a receipt", () => {
  test("says by whom it is signed and where it is on record", async () => {
    const before = Math.floor(Date.now() / 1_000);
    const exchange = await own.preferred("1");
    expect(exchange.status).toBe(200);
    expect(answerOf(exchange).data).toEqual({ person: { name: "Người 1", pay: 7 } });
    expect(exchange.headers.get(APPLIED)).toBe("receipt");
    const told = own.proven(exchange);
    expect(told.keyId).toBe(own.keys.keys[0]!.kid);
    expect(told.created).toBeGreaterThanOrEqual(before);
    expect(told.created).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(told.record).toMatchObject({ outcome: "answered" });
  });

  test("is found good by the verifier that goes with the log, and is not with other keys", async () => {
    const { request, status, headers, body } = await own.preferred("18");
    const file: ReceiptFile = {
      format: 1,
      request: {
        method: "POST",
        url: own.federation.router.url,
        headers: {},
        body: textOf(request),
      },
      answer: { status, headers: Object.fromEntries(headers), body: textOf(body) },
    };
    const report = await verifyReceipt(file, { keys: own.keys.keys });
    expect(report.findings).toEqual([]);
    expect(report.receipt?.id).toBe(headers.get("x-request-id"));
    const { publicKey } = generateKeyPairSync("ed25519");
    const foreign = { ...publicKey.export({ format: "jwk" }), kid: own.keys.keys[0]!.kid };
    const { findings } = await verifyReceipt(file, { keys: [foreign] });
    expect(findings.map(({ part }) => part)).toEqual(["signature"]);
  });

  test("is otherwise the one without", async () => {
    const [without, with_] = [await own.send([bodyFor("2")]), await own.preferred("2")];
    expect(Buffer.from(with_.body).equals(without.body as Buffer)).toBe(true);
    const names = ({ headers }: Exchange): string[] => [...headers.keys()];
    expect(
      names(with_)
        .filter((name) => !names(without).includes(name))
        .toSorted(),
    ).toEqual([...RECEIPT_HEADERS, APPLIED].toSorted());
  });

  test.each<[string, string | string[]]>([
    ["beside others", "return=minimal, RECEIPT"],
    ["in several headers", ["return=minimal", "wait=5", "receipt"]],
    ["with parameters", 'respond-async, receipt; why="a, b"'],
  ])("is asked for %s", async (_case, prefer) => {
    own.proven(await own.preferred("3", { headers: { prefer } }));
  });

  test.each([
    [undefined],
    [""],
    ["receipts"],
    ["receipt=no"],
    ['x="receipt"'],
    ["wait=1; receipt"],
  ])("comes to nobody who asks for something else: %s", async (prefer) => {
    const exchange = await own.send([bodyFor("4")], {
      headers: prefer === undefined ? {} : { prefer },
    });
    expect(exchange.status).toBe(200);
    expect(carried(exchange)).toEqual([]);
    const records = own.recordsOf(exchange.headers.get("x-request-id")!);
    expect(records).toHaveLength(1);
    expect(records[0]).not.toHaveProperty("receipt");
  });

  test("is about the request's very bytes", async () => {
    const spaced = `\t{ "variables" :{"id":"\\u0035"},\r\n"query": ${JSON.stringify(QUERY)} }\n`;
    own.proven(await own.send([spaced], { headers: PREFERRED }));
    // One character in two pieces, and a byte that is no UTF-8 and is read as another character.
    const [head, tail] = bodyFor("Đ|").split("Đ|") as [string, string];
    const odd = [head, Buffer.of(0xc4), Buffer.of(0x90), Buffer.of(0xff), tail];
    const exchange = await own.send(odd, { headers: PREFERRED });
    expect(answerOf(exchange).data.person.name).toBe("Người Đ\ufffd");
    own.proven(exchange);
    const decoded = Buffer.from(textOf(exchange.request));
    expect(() => checkReceipt({ ...exchange, request: decoded }, own.keys)).toThrow(
      "something else was asked",
    );
    const long = bodyFor("6".repeat(900_000));
    own.proven(
      await own.send([long.slice(0, 500_000), long.slice(500_000)], { headers: PREFERRED }),
    );
  });

  test("is about the query string of a GET, as it was sent", async () => {
    const query = `query=%7B+person(id:%20%22%c4%90%22)%20{name}%20}&&x=`;
    const exchange = await own.send([], {
      method: "GET",
      path: `/graphql?${query}`,
      headers: PREFERRED,
    });
    expect(answerOf(exchange).data).toEqual({ person: { name: "Người Đ" } });
    own.proven({ ...exchange, request: query });
  });

  test("points to the first part of a record in parts", async () => {
    const exchange = await own.send([JSON.stringify({ query: "{ everybody { name } }" })], {
      headers: PREFERRED,
    });
    const { id, record } = own.proven(exchange);
    expect([record.part, record.objects, record.subjects.Person.length]).toEqual([
      [1, 2],
      CROWD,
      1_000,
    ]);
    const [first, second, third] = own.recordsOf(id);
    expect([first, third]).toEqual([record, undefined]);
    expect([second.part, second.subjects.Person.length]).toEqual([[2, 2], CROWD - 1_000]);
    expect(second).not.toHaveProperty("receipt");
  });

  test("explains as well", async () => {
    const exchange = await own.send([bodyFor("7")], { path: "/explain", headers: PREFERRED });
    expect(answerOf(exchange)).toMatchObject({ system: "clerk", allowed: true });
    own.proven(exchange);
  });
});

describe("a refusal", () => {
  test("that is on record can be proven", async () => {
    const exchange = await own.preferred("8", { claims: { purpose: "NOTHING" } });
    expect([exchange.status, answerOf(exchange).errors[0].extensions.code]).toEqual([
      403,
      "AUTHORIZE_GRANT_MISSING",
    ]);
    expect(own.proven(exchange).record).toMatchObject({
      outcome: "refused",
      code: "AUTHORIZE_GRANT_MISSING",
    });
    const asAnswer = { ...exchange, status: 200 };
    expect(() => checkReceipt(asAnswer, own.keys)).toThrow("the signature does not fit");
  });

  test("of some of the fields can be too", async () => {
    const exchange = await own.preferred("9", { claims: { scope: "" } });
    expect(answerOf(exchange)).toMatchObject({ data: { person: { name: "Người 9", pay: null } } });
    expect(own.proven(exchange).record).toMatchObject({ outcome: "partial" });
  });

  test.each([
    ["without a token", [bodyFor("1")], { headers: { authorization: "" } }, 401],
    ["malformed", ['{"query":'], {}, 400],
    ["no GraphQL", ['{"query":"{"}'], {}, 400],
    ["too large", ["x".repeat(1_100_000)], {}, 413],
    ["a method there is not", [], { method: "HEAD" }, 405],
  ] as [string, string[], Asked, number][])(
    "that is only counted has none: %s",
    async (_case, pieces, asked, status) => {
      const exchange = await own.send(pieces, {
        ...asked,
        headers: { ...PREFERRED, ...asked.headers },
      });
      expect(exchange.status).toBe(status);
      expect(carried(exchange)).toEqual([]);
    },
  );
});

describe("a grant that demands receipts", () => {
  test("has them with every answer, and says nothing of a preference nobody had", async () => {
    const exchange = await own.send([bodyFor("14")], { claims: { purpose: "COURT" } });
    expect(answerOf(exchange).data.person.pay).toBe(7);
    expect(carried(exchange)).toEqual(RECEIPT_HEADERS);
    own.proven(exchange);
    const asked = await own.preferred("14", { claims: { purpose: "COURT" } });
    expect(carried(asked)).toEqual([...RECEIPT_HEADERS, APPLIED]);
    own.proven(asked);
  });

  test("does so from the moment on that it demands them", async () => {
    const facts: Partial<FeedGrant> = { scopes: ["people:pay"] };
    const ask = async () => await own.send([bodyFor("15")], { claims: { purpose: "NOTARY" } });
    own.authority.grant("clerk", "NOTARY", facts);
    await own.received();
    expect(carried(await ask())).toEqual([]);
    own.authority.grant("clerk", "NOTARY", { ...facts, demandsReceipt: true });
    await own.received();
    const exchange = await ask();
    expect(carried(exchange)).toEqual(RECEIPT_HEADERS);
    own.proven(exchange);
  });
});

describe("a router without keys for receipts", () => {
  let plain: ReceiptedRouter;
  beforeAll(async () => {
    plain = await ReceiptedRouter.start({ signs: false });
  });
  afterAll(async () => await plain.stop());

  test.each<[string, Asked]>([
    ["by preference", { headers: PREFERRED }],
    ["for a grant's sake", { claims: { purpose: "COURT" } }],
    ["with an explanation", { headers: PREFERRED, path: "/explain" }],
  ])("refuses who wants one %s, and fetches nothing", async (_case, asked) => {
    plain.federation.forget();
    const exchange = await plain.send([bodyFor("16")], asked);
    const { extensions, message } = answerOf(exchange).errors[0];
    expect([exchange.status, extensions.code, message]).toEqual([
      501,
      "RECEIPT_UNAVAILABLE",
      "The answer was to carry a receipt, and this router gives none.",
    ]);
    expect(carried(exchange)).toEqual([]);
    expect(plain.federation.fetches).toEqual([]);
    expect(plain.recordsOf(exchange.headers.get("x-request-id")!)).toMatchObject([
      { outcome: "refused", code: "RECEIPT_UNAVAILABLE" },
    ]);
  });

  test("answers everybody else, and publishes nothing", async () => {
    const exchange = await plain.send([bodyFor("17")], { headers: { prefer: "return=minimal" } });
    expect([exchange.status, carried(exchange)]).toEqual([200, []]);
    const address = new URL("/.well-known/receipt-keys", plain.federation.router.url);
    expect((await fetch(address)).status).toBe(404);
  });
});

test("the published keys are public", async () => {
  const response = await fetch(new URL("/.well-known/receipt-keys", own.federation.router.url));
  expect(response.headers.get("content-type")).toMatch(/^application\/jwk-set\+json\b/);
  expect(await response.json()).toEqual({
    keys: [
      {
        kty: "OKP",
        crv: "Ed25519",
        x: expect.stringMatching(/^[\w-]{43}$/),
        kid: expect.stringMatching(/^[\w-]{43}$/),
        alg: "EdDSA",
        use: "sig",
      },
    ],
  });
});
