import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CheckpointSigner } from "./checkpoint-signer.ts";
import { checkpointText } from "./checkpoints.ts";

/**
 * The example of golang.org/x/mod/sumdb/note (BSD-3-Clause), where signed notes come from; Ed25519 signatures are the
 * same every time.
 */
const PETER = {
  name: "PeterNeumann",
  seed: "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
  verifierKey: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature:
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
};

describe("a signed note", () => {
  it("is what Go's package makes of the same text and key", () => {
    const bytes = (base64: string): string =>
      Buffer.from(base64, "base64").subarray(1).toString("base64url");
    const signer = CheckpointSigner.fromJwk(
      {
        kty: "OKP",
        crv: "Ed25519",
        d: bytes(PETER.seed),
        x: bytes(PETER.verifierKey.split("+").at(-1)!),
      },
      PETER.name,
    );
    expect(signer.verifierKey).toBe(PETER.verifierKey);
    expect(signer.sign(PETER.text)).toBe(`${PETER.text}\n${PETER.signature}`);
  });

  it("is signed over the text with its last line feed, without the empty line", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const note = new CheckpointSigner(privateKey, "a.example/log").sign("one\ntwo\n");
    const [, signature] = /^one\ntwo\n\n— a\.example\/log (\S+)\n$/.exec(note)!;
    const bytes = Buffer.from(signature!, "base64").subarray(4);
    expect(verify(null, Buffer.from("one\ntwo\n"), createPublicKey(privateKey), bytes)).toBe(true);
  });

  it.each(["two words", "plus+sign", "", "line\nfeed"])("has no key of the name %j", (name) => {
    const { privateKey } = generateKeyPairSync("ed25519");
    expect(() => new CheckpointSigner(privateKey, name)).toThrow(TypeError);
  });

  it("is signed with no other kind of key", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(() => new CheckpointSigner(privateKey, "a.example/log")).toThrow(TypeError);
  });
});

describe("a checkpoint's text", () => {
  it("is origin, size, root, and when", () => {
    const time = new Date("2026-11-22T10:00:00.123Z");
    expect(checkpointText("a.example/log", 20_852_163, Buffer.alloc(32, 1), time)).toBe(
      "a.example/log\n20852163\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\ntime 2026-11-22T10:00:00.123Z\n",
    );
  });
});
