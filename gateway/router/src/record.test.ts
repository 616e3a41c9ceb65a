import { createHash } from "node:crypto";
import type { AuditRecord } from "@truc/contracts";
import { describe, expect, test } from "vitest";
import { RecordBook } from "./record.ts";

const facts = (id: string): Parameters<RecordBook["write"]>[0] => ({
  id,
  time: "2026-11-22T00:00:00.000Z",
  durationMs: 1,
  system: "s",
  agency: null,
  person: null,
  actor: null,
  caseReference: null,
  purpose: null,
  legalBasis: null,
  operation: { digest: null, name: null, variablesDigest: null },
  fields: { PUBLIC: [], BASIC: [], SENSITIVE: [] },
  subjects: [],
  decision: "allowed",
  refused: [],
  outcome: "answered",
  code: null,
  subgraphs: [],
});
const digest = (line: AuditRecord): string =>
  createHash("sha256").update(JSON.stringify(line)).digest("base64url");

/** A store whose writes end when the test says so. */
function heldStore() {
  const kept: AuditRecord[] = [];
  let waiting: { line: AuditRecord; end: (error?: Error) => void }[] = [];
  return {
    kept,
    append: async (line: object) =>
      await new Promise<void>((resolve, reject) => {
        const end = (error?: Error): void => {
          if (error !== undefined) return reject(error);
          kept.push(line as AuditRecord);
          resolve();
        };
        waiting.push({ line: line as AuditRecord, end });
      }),
    /** Ends the writes under way, and says which they were. */
    end(error?: Error): string[] {
      const ended = waiting;
      waiting = [];
      for (const { end } of ended) end(error);
      return ended.map(({ line }) => line.id);
    },
  };
}
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe("the book of records", () => {
  test("a write that fails leaves no gap: the next record follows the last one kept", async () => {
    const store = heldStore();
    const book = new RecordBook(store, "r");
    const [a, b] = [book.write(facts("a")), book.write(facts("b"))];
    await turn();
    const c = book.write(facts("c"));
    await turn();
    expect(store.end()).toEqual(["a", "b"]);
    await Promise.all([a, b]);
    await turn();
    const failed = expect(c).rejects.toThrow("disk full");
    const d = book.write(facts("d"));
    expect(store.end(new Error("disk full"))).toEqual(["c"]);
    await failed;
    await turn();
    expect(store.end()).toEqual(["d"]);
    await d;
    expect(store.kept.map(({ id, sequence }) => [id, sequence])).toEqual([
      ["a", 1],
      ["b", 2],
      ["d", 3],
    ]);
    expect(store.kept.map(({ previous }) => previous)).toEqual([
      "",
      digest(store.kept[0]!),
      digest(store.kept[1]!),
    ]);
  });

  test("records that arrive while others are written share one further write", async () => {
    const store = heldStore();
    const book = new RecordBook(store, "r");
    const writes = [book.write(facts("0"))];
    await turn();
    for (const id of ["1", "2", "3"]) writes.push(book.write(facts(id)));
    await turn();
    expect(store.end()).toEqual(["0"]);
    await turn();
    expect(store.end()).toEqual(["1", "2", "3"]);
    await Promise.all(writes);
  });
});
