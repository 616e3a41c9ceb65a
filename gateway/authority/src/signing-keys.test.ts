import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecrets } from "./secrets.ts";
import { rotateSigningKeys, type SigningKey, SigningKeys } from "./signing-keys.ts";

const NOW = 1_800_000_000;
let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "truc-keys-"));
  file = path.join(directory, "private", "signing-keys.json");
});
afterEach(() => rm(directory, { recursive: true }));

async function stored(): Promise<{ keys: SigningKey[] }> {
  return JSON.parse(await readFile(file, "utf8")) as { keys: SigningKey[] };
}

function kids(keys: readonly { kid: string }[]): string[] {
  return keys.map(({ kid }) => kid);
}

describe("the file", () => {
  test("is made on the first start, for the owner only, and kept", async () => {
    const first = await SigningKeys.open(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    const second = await SigningKeys.open(file);
    expect(second.current().kid).toBe(first.current().kid);
  });

  test("is one and the same for processes that start at once", async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => SigningKeys.open(file)));
    expect(new Set(opened.map((keys) => keys.current().kid)).size).toBe(1);
  });

  test.each([0o640, 0o604, 0o660])(
    "is refused when others have rights on it (%o)",
    async (mode) => {
      await SigningKeys.open(file);
      await chmod(file, mode);
      await expect(SigningKeys.open(file)).rejects.toThrow(
        `The file of the signing keys, ${file}, can be read by others than its owner: run "chmod 600 ${file}"`,
      );
    },
  );

  test.each<[string, (key: SigningKey) => unknown, string]>([
    ["no JSON", () => "{", "is broken: it is not JSON."],
    ["no keys", () => ({ keys: [] }), "is broken: it is not a set of private ES256 keys"],
    ["a public key", ({ d: _d, ...key }) => ({ keys: [key] }), "at keys.0.d"],
    [
      "a pair that is none",
      (key) => ({ keys: [{ ...key, d: "A".repeat(42) + "E" }] }),
      "the public part is not the private part's",
    ],
    ["a key twice", (key) => ({ keys: [key, key] }), "two keys share a kid"],
    [
      "no key that may sign yet",
      (key) => ({ keys: [{ ...key, nbf: NOW + 1 }] }),
      "holds no key that may sign now",
    ],
    [
      "no key that may still sign",
      (key) => ({ keys: [{ ...key, exp: NOW }] }),
      "holds no key that may sign now",
    ],
  ])("is refused when it holds %s", async (_what, spoil, sentence) => {
    await SigningKeys.open(file);
    const content = spoil((await stored()).keys[0]!);
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    await expect(SigningKeys.open(file, NOW)).rejects.toThrow(sentence);
    await expect(SigningKeys.open(file, NOW)).rejects.toThrow(file);
  });

  test("is refused where it cannot be written", async () => {
    await writeFile(path.join(directory, "private"), "");
    await expect(SigningKeys.open(file)).rejects.toThrow(
      `The file of the signing keys, ${file}, cannot be`,
    );
  });
});

describe("a change of keys", () => {
  test("publishes the new key before it signs, and the old one until its tokens have expired", async () => {
    const keys = await SigningKeys.open(file, NOW);
    const old = keys.current(NOW).kid;
    const added = await rotateSigningKeys(file, { nowSeconds: NOW, leadSeconds: 900 });
    expect(added.signsFrom).toEqual(new Date((NOW + 900) * 1000));
    expect(await keys.refresh()).toBe(true);
    const at = (seconds: number): [string, string[]] => [
      keys.current(seconds).kid,
      kids(keys.published(seconds)),
    ];
    expect(at(NOW)).toEqual([old, [old, added.kid]]);
    expect(at(NOW + 899)).toEqual([old, [old, added.kid]]);
    expect(at(NOW + 900)).toEqual([added.kid, [old, added.kid]]);
    expect(at(NOW + 900 + 600)).toEqual([added.kid, [old, added.kid]]);
    expect(at(NOW + 900 + 660)).toEqual([added.kid, [added.kid]]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("drops keys that have ended", async () => {
    await SigningKeys.open(file, NOW);
    const second = await rotateSigningKeys(file, { nowSeconds: NOW });
    const third = await rotateSigningKeys(file, { nowSeconds: NOW + 10_000 });
    expect(kids((await stored()).keys)).toEqual([second.kid, third.kid]);
  });

  test("waits for the one before", async () => {
    await SigningKeys.open(file, NOW);
    const { kid } = await rotateSigningKeys(file, { nowSeconds: NOW });
    await expect(rotateSigningKeys(file, { nowSeconds: NOW + 899 })).rejects.toThrow(
      `A change of the signing keys is under way: key ${kid} signs from`,
    );
    expect((await stored()).keys).toHaveLength(2);
  });

  test("is made once when it is asked for several times at once", async () => {
    await SigningKeys.open(file, NOW);
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => rotateSigningKeys(file, { nowSeconds: NOW })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await stored()).keys).toHaveLength(2);
  });

  test("that cannot be used leaves the keys as they are, and is complained about once", async () => {
    const keys = await SigningKeys.open(file);
    const { kid } = keys.current();
    await writeFile(file, "{");
    await expect(keys.refresh()).rejects.toThrow("is not JSON");
    expect(await keys.refresh()).toBe(false);
    expect(keys.current().kid).toBe(kid);
  });
});

describe("the secrets", () => {
  test("are made on the first start, for the owner only, and kept", async () => {
    const secrets = await openSecrets(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await openSecrets(file)).toEqual(secrets);
    await chmod(file, 0o644);
    await expect(openSecrets(file)).rejects.toThrow("can be read by others than its owner");
  });

  test("are refused when broken", async () => {
    await openSecrets(file);
    await writeFile(file, '{"cookieKeys":["x"]}');
    await expect(openSecrets(file)).rejects.toThrow(
      `The file of the authority's secrets, ${file}, is broken: cookieKeys.0`,
    );
  });
});
