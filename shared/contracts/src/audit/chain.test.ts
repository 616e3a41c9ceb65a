import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { chainOn, chainStart, leafHash, leafOf, linkLines } from "./chain.ts";

function sha256(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

test("the hash of the empty leaf is the published one (RFC 9162, section 2.1.1, over no bytes)", () => {
  expect(leafHash(Buffer.alloc(0)).toString("hex")).toBe(
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
});

test("leaves of any length have a zero byte in front", () => {
  for (const length of [0, 1, 63, 64, 8_191, 8_192, 8_193, 70_000]) {
    const line = randomBytes(length);
    expect(leafHash(line)).toEqual(sha256(Buffer.of(0), line));
  }
});

test("what was hashed before stays what it was", () => {
  const [one, other] = [randomBytes(300), randomBytes(200)];
  const leaf = leafHash(one);
  const chain = chainOn(chainStart("router"), leaf);
  leafHash(other);
  chainOn(leafHash(other), chain);
  expect([leaf, chain]).toEqual([
    sha256(Buffer.of(0), one),
    sha256(sha256("router"), sha256(Buffer.of(0), one)),
  ]);
});

test("a chain that is none is hashed as it is, and fits nothing", () => {
  const leaf = leafHash(Buffer.from("x"));
  for (const length of [0, 31, 33, 100]) {
    const previous = randomBytes(length);
    expect(chainOn(previous, leaf)).toEqual(sha256(previous, leaf));
  }
});

test("lines that are linked together are what each by itself makes of them", () => {
  const texts = [
    "",
    "a",
    "x".repeat(63),
    "tr\u1ee5c \u{1f600}",
    "\ud800",
    "y".repeat(9_000),
    "",
    "z",
  ];
  const start = chainStart("router");
  const linked = linkLines(texts, start);
  let chain = start;
  for (const [index, text] of texts.entries()) {
    const leaf = sha256(Buffer.of(0), Buffer.from(text));
    expect(leafOf(linked, index)).toEqual(leaf);
    chain = sha256(chain, leaf);
  }
  expect(linked.chain).toEqual(chain);
  expect(linked.lines).toEqual(Buffer.from(texts.map((text) => `${text}\n`).join("")));
  // What is linked next takes nothing away from it.
  linkLines(["other"], linked.chain);
  expect(linked.chain).toEqual(chain);
});
