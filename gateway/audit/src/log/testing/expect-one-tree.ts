import { createPublicKey, verify } from "node:crypto";
import { expect } from "vitest";
import type { AuditLog } from "../audit-log.ts";
import type { Entry } from "../entry.ts";
import { naiveConsistency, naiveLeaf, naiveRoot } from "./naive-tree.ts";
import { TEST_ORIGIN, TEST_SIGNER } from "./test-log.ts";
import type { WrittenBatch } from "./test-router.ts";

/** Every entry of a log that can be read whole. */
export async function allEntries(log: AuditLog): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of log.stream(0, log.size)) {
    if (!("line" in entry)) throw new Error(`${entry.from} to ${entry.to}: ${entry.reason}`);
    entries.push(entry);
  }
  return entries;
}

/**
 * Expects exactly these batches in the log, each record once, those of a router in its order; the tree over them to be
 * what the recursion of the RFC makes of all leaves at once, and every checkpoint to be about it.
 */
export async function expectOneTree(
  log: AuditLog,
  written: readonly WrittenBatch[],
): Promise<Entry[]> {
  const entries = await allEntries(log);
  expect(entries.map(({ position }) => position)).toEqual(entries.map((_, i) => i));
  for (const router of new Set(written.map(({ row }) => row.router))) {
    const own = written
      .filter(({ row }) => row.router === router)
      .sort((a, b) => a.row.first - b.row.first);
    const lines = own.flatMap((batch) => batch.lines.map(String));
    const found = entries.filter((entry) => entry.router === router);
    expect(found.map(({ line }) => String(line))).toEqual(lines);
    expect(found.map(({ sequence }) => sequence)).toEqual(lines.map((_, i) => i + 1));
  }
  expect(entries).toHaveLength(written.flatMap(({ lines }) => lines).length);
  const leaves = entries.map(({ line }) => naiveLeaf(line));
  for await (const { size, note } of log.checkpoints(0, log.size)) {
    expect(rootOf(note, size)).toEqual(naiveRoot(leaves.slice(0, size)));
    if (size > 0)
      expect(await log.consistency(size, log.size)).toEqual(naiveConsistency(size, leaves));
  }
  return entries;
}

/** The root in a checkpoint of the test's log, once its signature is found good. */
export function rootOf(note: string, size: number): Buffer {
  const [, text, root, signature] =
    /^(log\.example\/audit\n\d+\n(\S{44})\ntime \S+\n)\n— log\.example\/audit (\S+)\n$/.exec(note)!;
  expect(text!.split("\n").slice(0, 2)).toEqual([TEST_ORIGIN, String(size)]);
  const publicKey = Buffer.from(
    TEST_SIGNER.verifierKey.slice(TEST_ORIGIN.length + 10),
    "base64",
  ).subarray(1);
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: publicKey.toString("base64url") },
    format: "jwk",
  });
  expect(verify(null, Buffer.from(text!), key, Buffer.from(signature!, "base64").subarray(4))).toBe(
    true,
  );
  return Buffer.from(root!, "base64");
}
