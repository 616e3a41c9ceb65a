import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// A log written down plainly, by the specifications and by nothing of the platform, so that it says what the verifier
// should find in what the platform writes.

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
};

/** RFC 9162, section 2.1.1, word for word. */
export function merkleTreeHash(lines: readonly string[]): Buffer {
  if (lines.length === 0) return sha256("");
  if (lines.length === 1) return sha256("\x00", lines[0]!);
  const k = 2 ** Math.floor(Math.log2(lines.length - 1));
  return sha256("\x01", merkleTreeHash(lines.slice(0, k)), merkleTreeHash(lines.slice(k)));
}

/** RFC 9162, section 2.1.3.1. */
export function inclusionProof(m: number, lines: readonly string[]): Buffer[] {
  if (lines.length === 1) return [];
  const k = 2 ** Math.floor(Math.log2(lines.length - 1));
  return m < k
    ? [...inclusionProof(m, lines.slice(0, k)), merkleTreeHash(lines.slice(k))]
    : [...inclusionProof(m - k, lines.slice(k)), merkleTreeHash(lines.slice(0, k))];
}

/** RFC 9162, section 2.1.4.1. */
export function consistencyProof(m: number, lines: readonly string[], isWhole = true): Buffer[] {
  if (m === lines.length) return isWhole ? [] : [merkleTreeHash(lines)];
  const k = 2 ** Math.floor(Math.log2(lines.length - 1));
  return m <= k
    ? [...consistencyProof(m, lines.slice(0, k), isWhole), merkleTreeHash(lines.slice(k))]
    : [...consistencyProof(m - k, lines.slice(k), false), merkleTreeHash(lines.slice(0, k))];
}

/** Signs checkpoints: C2SP signed-note, Ed25519. */
export class SampleKey {
  readonly name: string;
  readonly vkey: string;
  readonly #id: Buffer;
  readonly #private: KeyObject;

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
    const typed = Buffer.concat([Buffer.from([1]), raw]);
    this.name = name;
    this.#private = privateKey;
    this.#id = sha256(`${name}\n`, typed).subarray(0, 4);
    this.vkey = `${name}+${this.#id.toString("hex")}+${typed.toString("base64")}`;
  }

  checkpoint(origin: string, lines: readonly string[], time: Date): string {
    const root = merkleTreeHash(lines).toString("base64");
    const text = `${origin}\n${lines.length}\n${root}\ntime ${time.toISOString()}\n`;
    const signature = Buffer.concat([this.#id, sign(null, Buffer.from(text), this.#private)]);
    return `${text}\n— ${this.name} ${signature.toString("base64")}\n`;
  }
}

export interface SampleBatch {
  router: string;
  first: number;
  count: number;
  written: Date;
  chain: Buffer;
}

const ROUTERS = [
  "6f1cd1c0-0000-4000-8000-000000000001",
  "6f1cd1c0-0000-4000-8000-000000000002",
  "6f1cd1c0-0000-4000-8000-000000000003",
];
const BEGIN = Date.parse("2026-03-01T10:00:00Z");
const COUNTS = [3, 1, 5, 9, 2, 1, 7, 4];

/** A log that tests may tamper with: everything in it is plain and open. */
export class SampleLog {
  readonly origin = "audit.example/log";
  readonly key: SampleKey;
  lines: string[] = [];
  batches: SampleBatch[] = [];
  contexts: string[] = [];
  checkpoints: { size: number; note: string }[] = [];
  /** Which of the lines a segment begins with, and what it says of the end. */
  from = 0;
  to: number | undefined;

  constructor(key = new SampleKey("audit.example/log")) {
    this.key = key;
    for (let index = 0; index < 5; index++)
      this.contexts.push(JSON.stringify({ system: `system-${index}`, purpose: "CHECK" }));
  }

  /** Batches of three routers in turn, one a second, and a checkpoint after every fourth. */
  static make(batches = 24): SampleLog {
    const log = new SampleLog();
    for (let index = 0; index < batches; index++) {
      log.write(index % 3, COUNTS[index % COUNTS.length]!, log.secondOf(index));
      if (index % 4 === 3) log.sign(log.secondOf(index));
    }
    return log;
  }

  secondOf(index: number): Date {
    return new Date(BEGIN + index * 1_000);
  }

  write(router: number, count: number, written: Date, further: object = {}): void {
    const id = ROUTERS[router]!;
    const first =
      1 + this.batches.reduce((sum, each) => sum + (each.router === id ? each.count : 0), 0);
    for (let index = 0; index < count; index++) {
      const time = written.getTime() - 5;
      this.lines.push(this.line(`${id}/${first + index}`, time, further));
    }
    this.batches.push({ router: id, first, count, written, chain: Buffer.alloc(32) });
    this.rechain();
  }

  line(id: string, time: number, further: object = {}): string {
    const context = sha256(this.contexts[this.lines.length % this.contexts.length]!);
    return JSON.stringify({
      id,
      time,
      ms: 4,
      ...further,
      context: context.toString("base64url"),
      outcome: "answered",
      bytes: 120,
      salt: sha256(id).toString("base64url").slice(0, 22),
    });
  }

  /** A checkpoint of all that is there. */
  sign(time: Date, key = this.key): void {
    const size = this.lines.length;
    this.checkpoints.push({ size, note: key.checkpoint(this.origin, this.lines, time) });
  }

  positionOf(batch: number): number {
    return this.batches.slice(0, batch).reduce((sum, { count }) => sum + count, 0);
  }

  /** What whoever can write everything but signatures does after tampering: makes every chain lead on again. */
  rechain(): void {
    const chains = new Map<string, Buffer>();
    let position = 0;
    for (const batch of this.batches) {
      let chain = chains.get(batch.router) ?? sha256(batch.router);
      for (const line of this.lines.slice(position, position + batch.count))
        chain = sha256(chain, sha256("\x00", line));
      position += batch.count;
      batch.chain = chain;
      chains.set(batch.router, chain);
    }
  }

  /** Numbers every router's batches anew. */
  renumber(): void {
    const next = new Map<string, number>();
    for (const batch of this.batches) {
      batch.first = next.get(batch.router) ?? 1;
      next.set(batch.router, batch.first + batch.count);
    }
  }

  copy(): SampleLog {
    const copy = new SampleLog(this.key);
    copy.lines = [...this.lines];
    copy.batches = this.batches.map((batch) => ({ ...batch }));
    copy.contexts = [...this.contexts];
    copy.checkpoints = [...this.checkpoints];
    return copy;
  }

  /** Writes a segment; what the tests take back or put in stands in its files as they say. */
  export(folder: string, from = 0, to = this.lines.length): string {
    mkdirSync(folder, { recursive: true });
    const write = (name: string, items: readonly string[]): void =>
      writeFileSync(join(folder, name), items.map((item) => `${item}\n`).join(""));
    const before = this.batches.filter((_, index) => this.positionOf(index) < from);
    const routers = Object.fromEntries(
      before.map(({ router, first, count, chain }) => [
        router,
        { next: first + count, chain: chain.toString("base64") },
      ]),
    );
    const left: string[] = [];
    for (let bit = 2 ** 20, at = 0; bit >= 1; bit /= 2) {
      if (Math.floor(from / bit) % 2 === 0) continue;
      left.push(merkleTreeHash(this.lines.slice(at, at + bit)).toString("base64"));
      at += bit;
    }
    const head = { format: 1, origin: this.origin, from, to, left, routers };
    writeFileSync(join(folder, "segment.json"), JSON.stringify(head));
    const order = this.batches.flatMap((batch, index) => {
      const position = this.positionOf(index);
      if (position < from || position >= to) return [];
      const { router, first, count, written, chain } = batch;
      return [
        JSON.stringify({
          position,
          router,
          first,
          count,
          written: written.toISOString(),
          chain: chain.toString("base64"),
        }),
      ];
    });
    write("records.jsonl", this.lines.slice(from, to));
    write("order.jsonl", order);
    write("contexts.jsonl", this.contexts);
    const notes = this.checkpoints.filter(({ size }) => size >= from && size <= to);
    write(
      "checkpoints.jsonl",
      notes.map((note) => JSON.stringify(note)),
    );
    return folder;
  }
}
