import { mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PermitSecrets, signPermit, UNLIMITED } from "@truc/contracts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLog } from "../process/create-log.ts";
import { PermitReader, readPermitSecrets } from "./permit-reader.ts";

const old = { kid: "a", secret: "A".repeat(43) };
const fresh = { kid: "b", secret: "B".repeat(43) };
const secrets: PermitSecrets = { keys: [old] };
const log = createLog({ name: "test", level: "silent" });

describe("the permit reader", () => {
  let directory: string;
  let path: string;
  /** Each writing bears another time, however fast it follows. */
  const write = async (content: unknown) => {
    await writeFile(path, JSON.stringify(content));
    await utimes(path, Date.now() / 1_000, Date.now() / 1_000);
  };
  const sign = (key: typeof old) => {
    const iat = Date.now() / 1_000;
    return signPermit(
      {
        aud: "ships",
        iat,
        exp: iat + 60,
        scopes: ["ships:hull"],
        limits: UNLIMITED,
        distance: 0,
        system: "office",
      },
      { keys: [key] },
    );
  };
  const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: new Date("2026-11-22T08:00:00Z") });
    directory = await mkdtemp(join(tmpdir(), "truc-secrets-"));
    path = join(directory, "secrets.json");
    await write(secrets);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await rm(directory, { recursive: true, force: true });
  });

  it("believes a permit it knows until its end, and not a second longer than a fresh one", async () => {
    const text = sign(old);
    const reader = new PermitReader("ships", path, log);
    const first = reader.read(text);
    expect([...first.scopes]).toEqual(["ships:hull"]);
    later(59);
    expect(reader.read(text)).toBe(first);
    later(7);
    expect(() => reader.read(text)).toThrow("exp");
  });

  it("believes no permit longer than a minute when the clock is set back", async () => {
    const reader = new PermitReader("ships", path, log);
    const text = sign(old);
    const first = reader.read(text);
    vi.advanceTimersByTime(50_000);
    later(-45);
    expect(reader.read(text)).toBe(first);
    vi.advanceTimersByTime(9_999);
    expect(reader.read(text)).toBe(first);
    vi.advanceTimersByTime(1);
    expect(() => reader.read(text)).toThrow("more than 60 seconds ago");
    later(2);
    await write({ keys: [fresh, old] });
    expect(() => reader.read(text)).toThrow("more than 60 seconds ago");
    expect(reader.read(sign(old)).permit.system).toBe("office");
  });

  it("follows a rotation without a restart: both secrets, then the new one alone", async () => {
    const reader = new PermitReader("ships", path, log);
    const [before, after] = [sign(old), sign(fresh)];
    reader.read(before);
    expect(() => reader.read(after)).toThrow("names no secret");
    later(2);
    await write({ keys: [fresh, old] });
    reader.read(after);
    reader.read(before);
    later(2);
    await write({ keys: [fresh] });
    reader.read(after);
    expect(() => reader.read(before)).toThrow("names no secret");
  });

  it("keeps its secrets when the file becomes wrong", async () => {
    const reader = new PermitReader("ships", path, log);
    later(2);
    await write({ keys: [] });
    expect(reader.read(sign(old)).permit.system).toBe("office");
  });

  it("keeps its secrets while the file cannot be looked at, and reads it when it can", async () => {
    const reader = new PermitReader("ships", path, log);
    await rm(path);
    // It leads to itself.
    await symlink(path, path);
    for (const _look of [1, 2]) {
      later(2);
      expect(reader.read(sign(old)).permit.system).toBe("office");
    }
    await rm(path);
    await write({ keys: [fresh] });
    later(2);
    expect(reader.read(sign(fresh)).permit.system).toBe("office");
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
