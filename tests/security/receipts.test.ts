import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkReceipt, type Exchange } from "../harness/check-receipt.ts";
import {
  answerOf,
  bodyFor,
  carried,
  RECEIPT_HEADERS,
  ReceiptedRouter,
  type Asked,
} from "../harness/receipted-router.ts";

let own: ReceiptedRouter;
beforeAll(async () => {
  own = await ReceiptedRouter.start();
});
afterAll(async () => await own.stop());

describe("whoever changes anything is found out", () => {
  let good: Exchange;
  beforeAll(async () => {
    good = await own.preferred("10");
    own.proven(good);
  });
  const withHeader = (name: string, change: (value: string) => string): Exchange => ({
    ...good,
    headers: new Map(good.headers).set(name, change(good.headers.get(name)!)),
  });
  /** The text with another character behind a place in it. */
  const changedBehind = (place: string) => (text: string) => {
    const at = text.indexOf(place) + place.length;
    return `${text.slice(0, at)}${text[at] === "2" ? "3" : "2"}${text.slice(at + 1)}`;
  };
  const UNFIT = "the signature does not fit";

  test.each<[string, string, () => Exchange]>([
    ["the status", UNFIT, () => ({ ...good, status: 201 })],
    [
      "a byte of the answer",
      "another answer was given",
      () => ({ ...good, body: good.body.slice(1) }),
    ],
    [
      "a byte of the request",
      "something else was asked",
      () => ({ ...good, request: bodyFor("11") }),
    ],
    ["the answer's digest", UNFIT, () => withHeader("content-digest", changedBehind("sha-256=:"))],
    ...['id="', 'router="', "sequence=", "leaf=:", "request=:", "nonce=:"].map(
      (member): [string, string, () => Exchange] => [
        `the receipt's ${member}`,
        UNFIT,
        () => withHeader("truc-receipt", changedBehind(member)),
      ],
    ),
    ["when", UNFIT, () => withHeader("signature-input", changedBehind("created="))],
    ["by whom", "a foreign key", () => withHeader("signature-input", changedBehind('keyid="'))],
    ["what for", "another signature", () => withHeader("signature-input", changedBehind('tag="'))],
    [
      "what is covered",
      "another signature",
      () => withHeader("signature-input", (text) => text.replace('"content-digest" ', "")),
    ],
    ["the signature", UNFIT, () => withHeader("signature", changedBehind(":"))],
  ])("%s: %s", (_case, fault, changed) => {
    expect(() => checkReceipt(changed(), own.keys)).toThrow(fault);
  });

  test("who signs with a key of their own", () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const [{ kid }] = own.keys.keys as [{ kid: string }];
    const foreign = publicKey.export({ format: "jwk" });
    expect(() => checkReceipt(good, { keys: [{ ...foreign, kid }] })).toThrow(
      "a key under another's name",
    );
  });

  const withReceiptOf = (foreign: Exchange): Exchange => {
    const headers = new Map(good.headers);
    for (const name of RECEIPT_HEADERS) headers.set(name, foreign.headers.get(name)!);
    return { ...good, headers };
  };

  test("who shows the receipt of another request", async () => {
    const foreign = await own.preferred("12");
    own.proven(foreign);
    expect(() => checkReceipt(withReceiptOf(foreign), own.keys)).toThrow(
      "another answer was given",
    );
  });

  test("who shows somebody else's receipt of the same question and answer: its record names the other", async () => {
    const foreign = await own.preferred("10", { system: own.other });
    const { id, record } = own.proven(foreign);
    expect(Buffer.from(foreign.body).equals(good.body as Buffer)).toBe(true);
    expect(checkReceipt(withReceiptOf(foreign), own.keys).id).toBe(id);
    expect(own.contextOf(record)).toMatchObject({ system: "other" });
    expect(own.contextOf(own.proven(good).record)).toMatchObject({ system: "clerk" });
  });
});

describe("two callers", () => {
  test("who share a plan have receipts of their own, of what each was told", async () => {
    const asked: [Asked, unknown][] = [
      [{}, 7],
      [{ system: own.other }, 7],
      [{ system: own.other, claims: { scope: "" } }, null],
      [{}, 7],
    ];
    const all = await Promise.all(asked.map(async ([whose]) => await own.preferred("13", whose)));
    expect(all.map((each) => answerOf(each).data.person.pay)).toEqual(asked.map(([, pay]) => pay));
    const told = all.map((each) => own.proven(each));
    expect(new Set(told.map(({ request }) => request)).size).toBe(1);
    for (const member of ["id", "sequence", "leaf", "nonce"] as const)
      expect(new Set(told.map((each) => each[member])).size).toBe(asked.length);
    // Nor does the record let anybody guess, by trying, what was answered to whom.
    expect(new Set(told.map(({ record }) => record.receipt)).size).toBe(asked.length);
  });

  test("and two hundred at once, some with and some without", async () => {
    const all = await Promise.all(
      Array.from({ length: 200 }, async (_, index) =>
        index % 3 === 0
          ? await own.send([bodyFor(`c${index}`)])
          : await own.preferred(`c${index}`, { system: index % 2 === 0 ? own.clerk : own.other }),
      ),
    );
    for (const [index, each] of all.entries()) {
      expect(answerOf(each).data.person.name).toBe(`Người c${index}`);
      if (index % 3 === 0) expect(carried(each)).toEqual([]);
    }
    const told = all.filter((_, index) => index % 3 !== 0).map((each) => own.proven(each));
    for (const member of ["id", "sequence", "nonce"] as const)
      expect(new Set(told.map((each) => each[member])).size).toBe(told.length);
  });
});
