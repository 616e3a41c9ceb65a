import { createHash } from "node:crypto";
import type { AuditContext, AuditRecord } from "@truc/contracts";
import { expect, test } from "vitest";
import type { Entry } from "../log/entry.ts";
import { keysOf, textsOf } from "./posting-keys.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const RECORD = {
  id: "r",
  time: NOW.getTime(),
  ms: 1,
  context: "c".repeat(43),
  outcome: "answered",
  asked: { land: 1 },
  bytes: 1,
  salt: "s".repeat(22),
} as const satisfies AuditRecord;
const CONTEXT = { agency: "tax", purpose: "P", system: "s", grant: null } as AuditContext;

function entry(record: AuditRecord, context: AuditContext | undefined): Entry {
  const bytes = Buffer.alloc(0);
  const place = { position: 7, router: "router", sequence: 1, written: NOW };
  return { ...place, line: bytes, leaf: bytes, record, context };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest().toString("latin1", 0, 16);
}

function keys(of: Entry): string[] {
  return textsOf(keysOf(of, NOW)!.keys);
}

test("a record whose context was lost keeps none from being found whose context is there", () => {
  expect(keys(entry(RECORD, undefined))).toEqual([sha256("register:land")]);
  expect(keys(entry(RECORD, CONTEXT))).toEqual(
    ["agency:tax", "purpose:P", "system:s", "register:land"].map(sha256),
  );
  expect(keys(entry(RECORD, undefined))).toEqual([sha256("register:land")]);
});

test("who asks the same under two contexts, or two registers under one, is found under each", () => {
  expect(keys(entry({ ...RECORD, asked: { land: 1, tax: 2 } }, CONTEXT)).slice(3)).toEqual(
    ["register:land", "register:tax"].map(sha256),
  );
  expect(keys(entry({ ...RECORD, asked: { 'land","tax': 1 } }, CONTEXT)).slice(3)).toEqual([
    sha256('register:land","tax'),
  ]);
  const others = { ...CONTEXT, agency: "health" } as AuditContext;
  expect(keys(entry({ ...RECORD, context: "d".repeat(43) }, others))[0]).toBe(
    sha256("agency:health"),
  );
});

test("of a request's later parts only those concerned are found, as pseudonyms", () => {
  const pseudonym = Buffer.alloc(16, 200).toString("base64url");
  const subjects = { Citizen: [pseudonym, Buffer.alloc(16, 1).toString("base64url")] };
  expect(keys(entry({ ...RECORD, part: [2, 2], subjects }, CONTEXT))).toEqual([
    "\u00c8".repeat(16),
    "\u0001".repeat(16),
  ]);
});
