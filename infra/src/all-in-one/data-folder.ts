import { randomUUID } from "node:crypto";
import { readFileSync, unlinkSync } from "node:fs";
import { link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, StartupError } from "@truc/service";

/** Where an all-in-one start keeps what. Only its owner may look inside. */
export interface DataFolder {
  path: string;
  postgres: string;
  /** The subgraphs' journals, a folder each. */
  journal: string;
  log: string;
  /** `<subgraph>.json`: the secrets router and subgraph share. */
  permits: string;
  /** `<id>.json`: the demo systems' private keys. */
  systems: string;
  /** The authority's own keys and secrets. */
  authority: string;
  /** The router's own. */
  router: string;
  /** What router and authority share: the secrets of the registry's feed. */
  feed: string;
  /** The audit process's keys, and what it shares with the router. */
  audit: string;
  /** The operator's key pair: the private half for orders at the authority directly. */
  operator: string;
}

/** The file of a demo system's private key in a data folder. */
export function systemKeyFile(data: string, id: string): string {
  return join(data, "keys", "systems", `${id}.json`);
}

/** The file of the operator's private key in a data folder. */
export function operatorKeyFile(data: string): string {
  return join(data, "keys", "operator", "private-key.json");
}

/** @throws StartupError when a folder cannot be made or is used by another start */
export async function openDataFolder(
  path: string,
): Promise<{ folder: DataFolder; release: () => void }> {
  const folder: DataFolder = {
    path,
    postgres: join(path, "postgres"),
    journal: join(path, "journal"),
    log: join(path, "log"),
    permits: join(path, "keys", "permits"),
    systems: join(path, "keys", "systems"),
    authority: join(path, "keys", "authority"),
    router: join(path, "keys", "router"),
    feed: join(path, "keys", "feed"),
    audit: join(path, "keys", "audit"),
    operator: join(path, "keys", "operator"),
  };
  await refuseForeignFolder(path);
  try {
    for (const each of Object.values(folder)) makeDirectory(each);
    return { folder, release: await lock(path) };
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `The data folder ${path} cannot be written (${(error as Error).message}): choose another with --data.`,
      { cause: error },
    );
  }
}

/** A folder with other things in it is not one to fill with keys and databases. @throws StartupError */
async function refuseForeignFolder(path: string): Promise<void> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.length === 0 || names.includes("keys") || names.includes("lost+found")) return;
  throw new StartupError(
    `The folder ${path} holds other things than a platform's data: choose an empty or a new one with --data.`,
  );
}

/** Marks the folder as ours; the mark of a process that is gone is taken over. @returns what takes it away */
async function lock(path: string): Promise<() => void> {
  const file = join(path, "lock");
  const mark = `${process.pid} ${startOf(process.pid)}\n`;
  const own = join(path, `lock.${randomUUID()}`);
  await writeFile(own, mark, { mode: 0o600 });
  try {
    for (;;) {
      try {
        await link(own, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = await readFile(file, "utf8").catch(() => "");
      const pid = Number.parseInt(holder, 10);
      if (pid > 0 && holder === `${pid} ${startOf(pid)}\n`) {
        throw new StartupError(
          `The data folder ${path} is in use by another start (process ${pid}): stop that one, or choose another with --data.`,
        );
      }
      const stale = join(path, `lock.${randomUUID()}`);
      await rename(file, stale).catch(() => {});
      await rm(stale, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
  return () => unlinkSync(file);
}

/**
 * When a process started, so that a process id used again by somebody else is not taken for the one that wrote it;
 * empty where the system does not tell and the process lives, `gone` when it does not.
 */
function startOf(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "gone";
  }
  if (process.platform !== "linux") return "";
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? "gone" : (fields[19] ?? "");
  } catch {
    return "gone";
  }
}
