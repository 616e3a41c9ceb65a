import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Endings } from "../endings.ts";

const FOLDER = fileURLToPath(new URL("../peers", import.meta.url));
/** Holds the hash of the lock file that was installed; npm ci removes it with everything else. */
const STAMP = join(FOLDER, "node_modules", ".truc-installed");

/** Installs the peers where their lock file is not what is installed. @throws Error when npm ci fails */
export function installPeers(): void {
  const lock = createHash("sha256")
    .update(readFileSync(join(FOLDER, "package-lock.json")))
    .digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lock) return;
  console.error("Installing the gateways to compare with (npm ci in tests/bench/peers) …");
  const npm = process.env["npm_execpath"];
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const [command, ...rest] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const { status, error } = spawnSync(command!, [...rest, ...options], {
    cwd: FOLDER,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0)
    throw new Error(`npm ci in ${FOLDER} failed: ${error?.message ?? `exit code ${status}`}`);
  writeFileSync(STAMP, lock);
}

/** The version of a package that is installed there. */
export function versionOfPeer(name: string): string {
  const text = readFileSync(join(FOLDER, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** What every gateway and the callers are asked: `peers/operations.mjs`. */
export async function readOperations(): Promise<Record<string, BenchOperation>> {
  const file = "../peers/operations.mjs";
  const { OPERATIONS } = (await import(file)) as { OPERATIONS: Record<string, BenchOperation> };
  return OPERATIONS;
}

export interface BenchOperation {
  readonly query: string;
  readonly citizens: number;
  /** Whether the citizens stand in the operation's text, and not in a variable. */
  readonly written?: boolean;
}

/** One of the programs in `peers/`, as a process of its own. */
export class PeerProcess {
  readonly pid: number;
  /** The line it printed when it was ready: its address, or several as JSON. */
  readonly line: string;

  private constructor(pid: number, line: string) {
    this.pid = pid;
    this.line = line;
  }

  /** @throws Error when it ends before it is ready; what it says goes to this process's stderr */
  static async start(
    file: string,
    environment: Readonly<Record<string, string>>,
    endings: Endings,
  ): Promise<PeerProcess> {
    const child = spawn(process.execPath, [join(FOLDER, file)], {
      env: { PATH: process.env["PATH"], NODE_ENV: "production", ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    endings.add(async () => await killed(child));
    const first = once(createInterface(child.stdout), "line") as Promise<[string]>;
    const end = once(child, "exit").then(([code]) => {
      throw new Error(`${file} ended with ${code} before it was ready`);
    });
    const [line] = await Promise.race([first, end]);
    end.catch(() => {});
    return new PeerProcess(child.pid!, line);
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
