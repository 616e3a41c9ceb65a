import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PermitSecrets, signPermit, UNLIMITED } from "@truc/contracts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PermitReader, readPermitSecrets } from "./permit-reader.ts";

const secrets: PermitSecrets = { keys: [{ kid: "a", secret: "A".repeat(43) }] };

describe("the permit reader", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-22T08:00:00Z") }));
  afterEach(() => vi.useRealTimers());

  it("believes a permit it knows until its end, and not a second longer than a fresh one", async () => {
    const iat = Date.now() / 1_000;
    const claims = {
      aud: "land",
      iat,
      exp: iat + 60,
      scopes: ["land:parcel"],
      limits: UNLIMITED,
      distance: 0,
      system: "office",
    };
    const text = await signPermit(claims, secrets);
    const reader = new PermitReader("land", secrets);
    const first = await reader.read(text);
    expect([...first.scopes]).toEqual(["land:parcel"]);
    vi.setSystemTime(Date.now() + 59_000);
    expect(await reader.read(text)).toBe(first);
    vi.setSystemTime(Date.now() + 7_000);
    await expect(reader.read(text)).rejects.toThrow("exp");
  });
});

describe("the file of permit secrets", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "truc-secrets-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it.each([
    ["no JSON", "secret"],
    ["no keys", '{"keys": []}'],
    ["a secret that is too short", '{"keys": [{"kid": "a", "secret": "AAAA"}]}'],
    [
      "three secrets",
      JSON.stringify({ keys: ["a", "b", "c"].map((kid) => ({ kid, secret: "A".repeat(43) })) }),
    ],
  ])("is refused with %s, in one sentence that names the file", async (_case, text) => {
    const path = join(directory, "secrets.json");
    await writeFile(path, text);
    expect(() => readPermitSecrets(path)).toThrow(`The file ${path} does not hold permit secrets`);
  });

  it("is refused when it is not there", () => {
    expect(() => readPermitSecrets(join(directory, "none.json"))).toThrow(
      `cannot be read from ${join(directory, "none.json")} (ENOENT).`,
    );
  });

  it("is read when it is right", async () => {
    const path = join(directory, "secrets.json");
    await writeFile(path, JSON.stringify(secrets));
    expect(readPermitSecrets(path)).toEqual(secrets);
  });
});
