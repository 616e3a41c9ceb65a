import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ReceiptFile } from "./receipt.ts";
import { receiptedRecord } from "./receipted-record.ts";
import { SampleLog } from "./testing/sample-log.ts";

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
};

const ASKED = '{"query":"{ me { id } }"}';
const ANSWERED = '{"data":{"me":{"id":"012345678901"}}}';
const NONCE = Buffer.alloc(16, 7);
const COMMITMENT = sha256(NONCE, sha256(ASKED), sha256(ANSWERED))
  .subarray(0, 16)
  .toString("base64url");
const CONTEXT = JSON.stringify({
  system: "land-office",
  agency: "land-administration",
  purpose: "LAND_TRANSFER",
  legalBasis: "Land Law\u001b[2J 2024",
  grant: "grant-7",
  disclosureDelayDays: 0,
  operationName: null,
  fields: { PUBLIC: [], BASIC: ["Citizen.id"], SENSITIVE: ["Citizen.fullName"] },
  refused: ["Citizen.wages"],
  decision: "filtered",
});
const TIME = Date.parse("2026-03-01T10:00:06Z");

const folder = mkdtempSync(join(tmpdir(), "truc-receipted-"));
afterAll(() => rmSync(folder, { recursive: true }));

const plain = SampleLog.make(8);
const BATCH = plain.batches[6]!;
const POSITION = plain.positionOf(6) + 2;

/** A log in which the record of the exchange says something else, or what it should. */
function logWith(further: object = {}): SampleLog {
  const log = plain.copy();
  log.contexts.push(CONTEXT);
  log.lines[POSITION] = JSON.stringify({
    id: "request-1",
    time: TIME,
    ms: 4,
    context: sha256(CONTEXT).toString("base64url"),
    actor: "officer-9",
    case: "case-3",
    outcome: "answered",
    bytes: 120,
    receipt: COMMITMENT,
    salt: "AAAAAAAAAAAAAAAAAAAAAA",
    ...further,
  });
  log.rechain();
  return log;
}

const leafAt = (log: SampleLog, position: number) => sha256("\x00", log.lines[position]!);

function receiptOf(log: SampleLog, changed: { leaf?: Buffer; sequence?: number } = {}) {
  const { leaf = leafAt(log, POSITION), sequence = BATCH.first + 2 } = changed;
  const bytes = (value: Buffer): string => `:${value.toString("base64")}:`;
  const file: ReceiptFile = {
    format: 1,
    request: { method: "POST", url: "http://localhost/graphql", headers: {}, body: ASKED },
    answer: {
      status: 200,
      headers: {
        "Truc-Receipt": `id="request-1", router="${BATCH.router}", sequence=${sequence}, leaf=${bytes(leaf)}, request=${bytes(sha256(ASKED))}, nonce=${bytes(NONCE)}`,
      },
      body: ANSWERED,
    },
  };
  return file;
}

let count = 0;
const exported = (log: SampleLog, from?: number, to?: number): string =>
  log.export(join(folder, String(++count)), from, to);

describe("the record of a receipt", () => {
  const log = logWith();

  test("is found in the segment it stands in, and says who asked for what, and why", () => {
    const before = exported(log, 0, plain.positionOf(4));
    const there = exported(log, plain.positionOf(4));
    expect(receiptedRecord(receiptOf(log), [before, there])).toEqual({
      findings: [],
      unsaid: [],
      record: {
        folder: there,
        position: POSITION,
        time: TIME,
        outcome: "answered",
        actor: "officer-9",
        case: "case-3",
        context: {
          system: "land-office",
          agency: "land-administration",
          purpose: "LAND_TRANSFER",
          legalBasis: "Land Law?[2J 2024",
          grant: "grant-7",
          decision: "filtered",
          fields: {
            PUBLIC: [],
            BASIC: ["Citizen.id"],
            SENSITIVE: ["Citizen.fullName"],
          },
        },
      },
    });
  });

  test("is not where the segment does not go: that is not known, and nothing is found", () => {
    const { record, findings, unsaid } = receiptedRecord(receiptOf(log), [
      exported(log, 0, plain.positionOf(4)),
    ]);
    expect({ record, findings, unsaid }).toEqual({
      record: undefined,
      findings: [],
      unsaid: [{ part: "record", text: "it is in none of these segments" }],
    });
  });

  test("whose context is missing is found without", () => {
    const segment = exported(log);
    writeFileSync(join(segment, "contexts.jsonl"), "");
    const { record, unsaid } = receiptedRecord(receiptOf(log), [segment]);
    expect([record?.position, record?.context]).toEqual([POSITION, undefined]);
    expect(unsaid.map(({ text }) => text)).toEqual([
      `the context of the record at position ${POSITION} is not in the segment`,
    ]);
  });

  test("whose line could not be read any more when it was exported cannot be compared", () => {
    const segment = exported(log);
    const lines = log.lines.with(POSITION, "");
    writeFileSync(join(segment, "records.jsonl"), lines.map((line) => `${line}\n`).join(""));
    expect(receiptedRecord(receiptOf(log), [segment])).toMatchObject({
      record: undefined,
      findings: [],
      unsaid: [{ text: `of the record at position ${POSITION} nothing but its place is known` }],
    });
  });

  test("is read behind what is no batch and no record", () => {
    const segment = exported(log);
    const order = readFileSync(join(segment, "order.jsonl"), "utf8");
    writeFileSync(join(segment, "order.jsonl"), `nonsense\n${order}`);
    appendFileSync(join(segment, "records.jsonl"), "half a line");
    expect(receiptedRecord(receiptOf(log), [segment]).record?.position).toBe(POSITION);
  });
});

describe("what does not fit is named", () => {
  const cases: [string, () => { file: ReceiptFile; log: SampleLog }, string[]][] = [
    [
      "another request's id",
      () => {
        const log = logWith({ id: "request-2" });
        return { log, file: receiptOf(log) };
      },
      [`the record at position ${POSITION} is of the request "request-2"`],
    ],
    [
      "another question or answer",
      () => {
        const log = logWith({ receipt: "AAAAAAAAAAAAAAAAAAAAAA" });
        return { log, file: receiptOf(log) };
      },
      [
        `what the record at position ${POSITION} holds of its receipt is of another question or answer`,
      ],
    ],
    [
      "no receipt on record",
      () => {
        const log = logWith({ receipt: undefined });
        return { log, file: receiptOf(log) };
      },
      [`the record at position ${POSITION} knows of no receipt`],
    ],
    [
      "an answer that was changed afterwards",
      () => {
        const log = logWith();
        const file = receiptOf(log);
        return { log, file: { ...file, answer: { ...file.answer, body: "{}" } } };
      },
      [
        `what the record at position ${POSITION} holds of its receipt is of another question or answer`,
      ],
    ],
    [
      "a leaf that the tree does not have in its place",
      () => {
        const log = logWith();
        return { log, file: receiptOf(log, { leaf: Buffer.alloc(32, 1) }) };
      },
      [
        `record ${BATCH.first + 2} of router ${BATCH.router} stands at position ${POSITION}, and is another one`,
      ],
    ],
    [
      "another number of its router",
      () => {
        const log = logWith();
        return { log, file: receiptOf(log, { sequence: 9_999 }) };
      },
      [`the record at position ${POSITION} is not record 9999 of router ${BATCH.router}`],
    ],
    [
      "another place than the inclusion proof says",
      () => {
        const log = logWith();
        const inclusion = { position: 1, leaf: "", size: 2, proof: [], checkpoint: "" };
        return { log, file: { ...receiptOf(log), inclusion } };
      },
      [`the record stands at position ${POSITION}, and the inclusion proof says 1`],
    ],
  ];
  test.each(cases)("%s", (_case, make, texts) => {
    const { log, file } = make();
    const { findings } = receiptedRecord(file, [exported(log)]);
    expect(findings).toEqual(texts.map((text) => ({ part: "record", text })));
  });
});
