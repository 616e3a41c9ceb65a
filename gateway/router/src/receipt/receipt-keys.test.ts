import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpbis } from "http-message-signatures";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readReceiptKeys } from "./receipt-keys.ts";

/** RFC 9421, appendix B.1.4: test-key-ed25519. */
const KEY = {
  kty: "OKP",
  crv: "Ed25519",
  x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
  d: "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU",
};
/** RFC 8037, appendix A.1 and A.3. */
const OTHER = {
  kty: "OKP",
  crv: "Ed25519",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
};
const OTHER_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
const P256 = { kty: "EC", crv: "P-256", x: KEY.x, y: KEY.x, d: KEY.d };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "truc-receipt-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (content: unknown, mode = 0o600): string => {
  const file = join(folder, "keys.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(file, mode);
  return file;
};

describe("the keys for receipts", () => {
  test("the first signs, the public halves of all are published by their thumbprints", async () => {
    const { d: _private, ...retired } = KEY;
    const keys = (await readReceiptKeys(fileWith({ keys: [OTHER, retired] })))!;
    expect(keys.signer.id).toBe(OTHER_THUMBPRINT);
    expect(keys.published).toEqual({
      keys: [
        { ...publicHalf(OTHER), kid: OTHER_THUMBPRINT, alg: "EdDSA", use: "sig" },
        {
          ...publicHalf(KEY),
          kid: "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U",
          alg: "EdDSA",
          use: "sig",
        },
      ],
    });
    const both = (await readReceiptKeys(fileWith({ keys: [KEY, OTHER] })))!;
    expect(JSON.stringify(both.published)).not.toMatch(`${KEY.d}|${OTHER.d}|"d"`);
  });

  test("there need be none", async () => {
    expect(await readReceiptKeys(undefined)).toBeUndefined();
  });

  test.each([
    ["no JSON", "{", "holds no JWK set of Ed25519 keys."],
    ["a key by itself", KEY, "holds no JWK set of Ed25519 keys."],
    ["no key", { keys: [] }, "holds no JWK set of Ed25519 keys."],
    ["a key of another kind", { keys: [P256] }, "holds no JWK set of Ed25519 keys."],
    ["a key of another kind behind", { keys: [KEY, P256] }, "holds no JWK set of Ed25519 keys."],
    ["half a key", { keys: [{ ...KEY, d: "AAAA" }] }, "holds no JWK set of Ed25519 keys."],
    [
      "no private half",
      { keys: [publicHalf(KEY), OTHER] },
      "lacks the private half of its first key, which signs.",
    ],
    ["halves of two keys", { keys: [{ ...KEY, d: OTHER.d }] }, "holds halves of different keys."],
  ])("with %s, one sentence says so and holds nothing of it", async (_case, content, sentence) => {
    const file = fileWith(content);
    await expect(readReceiptKeys(file)).rejects.toThrow(
      new RegExp(`^The file ${file} of the setting RECEIPT_KEYS ${sentence}$`),
    );
  });

  test("that others can read are none", async () => {
    for (const mode of [0o640, 0o604, 0o660])
      await expect(readReceiptKeys(fileWith({ keys: [KEY] }, mode))).rejects.toThrow(
        /^The file .* of the setting RECEIPT_KEYS can be read by others than its owner\.$/,
      );
    await expect(readReceiptKeys(join(folder, "none.json"))).rejects.toThrow(
      /^The file .*none\.json of the setting RECEIPT_KEYS does not exist\.$/,
    );
  });

  test("sign as RFC 9421, appendix B.2.6, has it", async () => {
    const { signer } = (await readReceiptKeys(fileWith({ keys: [KEY] })))!;
    const { headers } = await httpbis.signMessage(
      {
        key: signer,
        name: "sig-b26",
        fields: ["date", "@method", "@path", "@authority", "content-type", "content-length"],
        params: ["created", "keyid"],
        paramValues: { created: new Date(1_618_884_473_000), keyid: "test-key-ed25519" },
      },
      {
        method: "POST",
        url: "https://example.com/foo?param=Value&Pet=dog",
        headers: {
          host: "example.com",
          date: "Tue, 20 Apr 2021 02:07:55 GMT",
          "content-type": "application/json",
          "content-length": "18",
        },
      },
    );
    expect(headers).toMatchObject({
      "Signature-Input":
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      Signature:
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
    });
  });
});

function publicHalf({ kty, crv, x }: typeof KEY): Omit<typeof KEY, "d"> {
  return { kty, crv, x };
}
