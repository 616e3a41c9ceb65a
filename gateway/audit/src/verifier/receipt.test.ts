import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ReceiptFile, verifyReceipt } from "./receipt.ts";
import { inclusionProof, SampleKey, SampleLog } from "./testing/sample-log.ts";

const log = SampleLog.make();
const POSITION = 40;
const sha256 = (...parts: (string | Uint8Array)[]) => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("base64");
};
const leafAt = (position: number) => sha256("\x00", log.lines[position]!);

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const KEY = { ...publicKey.export({ format: "jwk" }), kid: "receipts-1" };
const other = generateKeyPairSync("ed25519");

const BODY = JSON.stringify({ query: "{ me { id } }", variables: { name: "Nguyễn" } });
const ANSWER = JSON.stringify({ data: { me: { id: "Trần" } } });

/** Signs as RFC 9421, section 2.5, says: by hand. */
function signed(
  headers: Record<string, string>,
  components = ["@status", "content-digest", "truc-receipt"],
  key = privateKey,
): Record<string, string> {
  const list = components.map((name) => `"${name}"`).join(" ");
  const parameters = `(${list});created=1772359200;keyid="receipts-1";tag="truc-receipt"`;
  const lines = components.map(
    (name) => `"${name}": ${name === "@status" ? "200" : headers[name.replace(/".*/, "")]}`,
  );
  const base = [...lines, `"@signature-params": ${parameters}`].join("\n");
  const signature = sign(null, Buffer.from(base), key).toString("base64");
  return {
    ...headers,
    "Signature-Input": `other=("@status");keyid="x", receipt=${parameters}`,
    Signature: `other=:AAAA:, receipt=:${signature}:`,
  };
}

const HEADERS = {
  "content-type": "application/json",
  "content-digest": `sha-256=:${sha256(ANSWER)}:`,
  "truc-receipt": `id="request-1", router="router-1", sequence=7, leaf=:${leafAt(POSITION)}:, request=:${sha256(BODY)}:, nonce=:AAAAAAAAAAAAAAAAAAAAAA==:`,
};

const FILE: ReceiptFile = {
  format: 1,
  request: { method: "POST", url: "http://127.0.0.1:4000/graphql", headers: {}, body: BODY },
  answer: { status: 200, headers: signed(HEADERS), body: ANSWER },
  inclusion: {
    position: POSITION,
    leaf: leafAt(POSITION),
    size: 82,
    proof: inclusionProof(POSITION, log.lines.slice(0, 82)).map((each) => each.toString("base64")),
    checkpoint: log.checkpoints.find(({ size }) => size === 82)!.note,
  },
};
const KEYS = { keys: [KEY], noteKeys: [log.key.vkey] };

describe("a receipt", () => {
  test("holds: answer, request, signature and place in the log", async () => {
    const report = await verifyReceipt(FILE, KEYS);
    expect(report).toMatchObject({
      findings: [],
      warnings: [],
      position: POSITION,
      signed: Date.parse("2026-03-01T10:00:00Z"),
      receipt: { id: "request-1", router: "router-1", sequence: 7 },
    });
  });

  test("holds for a GET, whose query string is what was sent", async () => {
    const search = "query=%7B%20me%20%7B%20id%20%7D%20%7D";
    const header = HEADERS["truc-receipt"].replace(sha256(BODY), sha256(search));
    const file: ReceiptFile = {
      ...FILE,
      request: {
        ...FILE.request,
        method: "GET",
        url: `https://truc.example/graphql?${search}`,
        body: "",
      },
      answer: { ...FILE.answer, headers: signed({ ...HEADERS, "truc-receipt": header }) },
    };
    expect((await verifyReceipt(file, KEYS)).findings).toEqual([]);
  });

  test("without inclusion proof holds as far as it goes, and says so", async () => {
    const { inclusion: _, ...file } = FILE;
    expect(await verifyReceipt(file, KEYS)).toMatchObject({
      findings: [],
      warnings: [
        "the file has no inclusion proof: whether the record is in the log was not looked at",
      ],
      position: undefined,
    });
  });

  test("with nothing but the keys inside the file is not said to hold, nor where its record stands", async () => {
    const file = { ...FILE, keys: { keys: [KEY] }, checkpointKey: log.key.vkey };
    expect(await verifyReceipt(file)).toMatchObject({
      findings: [],
      unsaid: [
        {
          part: "signature",
          text: "it fits the keys inside the file only, which whoever made the file can have put there",
        },
        {
          part: "inclusion",
          text: "it fits the key inside the file only, which whoever made the file can have put there",
        },
      ],
      position: undefined,
      signed: undefined,
    });
    expect((await verifyReceipt(FILE, KEYS)).unsaid).toEqual([]);
  });

  test("without any key, nobody can say of the signature and the checkpoint whose they are", async () => {
    expect(await verifyReceipt(FILE)).toMatchObject({
      findings: [],
      unsaid: [
        { part: "signature", text: "there is no key to hold it against" },
        { part: "inclusion", text: "there is no key to hold its checkpoint against" },
      ],
    });
  });

  test("that does not even fit its own keys does not hold", async () => {
    const headers = signed(HEADERS, undefined, other.privateKey);
    const file = { ...FILE, keys: { keys: [KEY] }, answer: { ...FILE.answer, headers } };
    const { findings } = await verifyReceipt(file, { noteKeys: KEYS.noteKeys });
    expect(findings.map(({ part }) => part)).toEqual(["signature"]);
  });
});

const answered = (answer: Partial<ReceiptFile["answer"]>): ReceiptFile => ({
  ...FILE,
  answer: { ...FILE.answer, ...answer },
});
const proven = (inclusion: Partial<ReceiptFile["inclusion"]>): ReceiptFile => ({
  ...FILE,
  inclusion: { ...FILE.inclusion!, ...inclusion },
});
const received = (change: (text: string) => string): ReceiptFile =>
  answered({
    headers: { ...FILE.answer.headers, "truc-receipt": change(HEADERS["truc-receipt"]) },
  });

describe("what does not hold is named", () => {
  const cases: [string, ReceiptFile, string[]][] = [
    ["another answer", answered({ body: ANSWER.replace("Trần", "Lê") }), ["answer"]],
    [
      "another answer and digest",
      answered({
        body: "{}",
        headers: { ...FILE.answer.headers, "content-digest": `sha-256=:${sha256("{}")}:` },
      }),
      ["signature"],
    ],
    ["another status", answered({ status: 404 }), ["signature"]],
    ["another request", { ...FILE, request: { ...FILE.request, body: "{}" } }, ["request"]],
    ["another router", received((text) => text.replace("router-1", "router-2")), ["signature"]],
    [
      "another leaf",
      received((text) => text.replace(leafAt(POSITION), leafAt(41))),
      ["signature", "inclusion"],
    ],
    ["no receipt header", received(() => ""), ["request", "signature", "inclusion"]],
    [
      "signed by another key",
      answered({ headers: signed(HEADERS, undefined, other.privateKey) }),
      ["signature"],
    ],
    [
      "a signature that leaves out the answer",
      answered({ headers: signed(HEADERS, ["@status", "truc-receipt"]) }),
      ["signature"],
    ],
    [
      "a signature over the request's digest instead",
      answered({ headers: signed(HEADERS, ["@status", 'content-digest";req', "truc-receipt"]) }),
      ["signature"],
    ],
    ["no signature", answered({ headers: HEADERS }), ["signature"]],
    ["another place in the log", proven({ position: 41 }), ["inclusion"]],
    ["another record's proof", proven({ leaf: leafAt(41) }), ["inclusion"]],
    ["a proof cut short", proven({ proof: FILE.inclusion!.proof.slice(1) }), ["inclusion"]],
    ["another size", proven({ size: 96 }), ["inclusion"]],
    [
      "a checkpoint by another key",
      proven({
        checkpoint: new SampleKey(log.key.name).checkpoint(
          log.origin,
          log.lines.slice(0, 82),
          new Date(0),
        ),
      }),
      ["inclusion"],
    ],
  ];
  test.each(cases)("%s", async (_case, file, parts) => {
    const { findings } = await verifyReceipt(file, KEYS);
    expect(findings.map(({ part }) => part)).toEqual(parts);
  });

  test("the platform's key is none of those given", async () => {
    const { findings } = await verifyReceipt(FILE, { ...KEYS, keys: [{ ...KEY, kid: "another" }] });
    expect(findings).toEqual([
      { part: "signature", text: 'the key "receipts-1" is none of those given' },
    ]);
  });
});
