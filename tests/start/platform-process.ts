import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PlatformFile } from "../../infra/src/all-in-one/platform-file.ts";
import { freePort } from "@truc/service/testing";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** `npm start` as its script runs it, as a process of its own. */
export class PlatformProcess {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<number | NodeJS.Signals>;

  /** @param environment variables beyond the present ones */
  constructor(options: readonly string[], environment: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [join(ROOT, "infra/src/start.ts"), ...options], {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#ended = once(this.child, "close").then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
  }

  /** Waits until the screen holds the text. @throws Error with both outputs when the process ends before */
  async shows(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => this.stdout.includes(text) && resolve();
      this.child.stdout!.on("data", look);
      look();
    });
    const ended = await Promise.race([seen.then(() => undefined), this.#ended]);
    if (ended !== undefined)
      throw new Error(`it ended with ${ended}\n${this.stdout}\n${this.stderr}`);
  }

  /** Exit code, or the signal that ended it. */
  async ends(): Promise<number | NodeJS.Signals> {
    return await this.#ended;
  }

  async signal(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.child.kill(signal);
    return await this.#ended;
  }
}

/** The last thing on the screen of a start that is ready. */
export const READY = "Ctrl-C stops everything";

export async function platformIn(data: string): Promise<PlatformFile> {
  return JSON.parse(await readFile(join(data, "platform.json"), "utf8")) as PlatformFile;
}

/** A new folder for a start's data, with its removal. */
export async function dataFolder(): Promise<{
  data: string;
  parent: string;
  remove: () => Promise<void>;
}> {
  const parent = await mkdtemp(join(tmpdir(), "truc-start-"));
  return {
    data: join(parent, "data"),
    parent,
    remove: async () => await rm(parent, { recursive: true, force: true }),
  };
}

/** A port with as many free neighbours above it as a platform needs. */
export async function freePorts(): Promise<number> {
  return await freePort({ neighbours: 15 });
}

/** Whether a process lives; a zombie nobody waits for does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/\) Z /.test(state);
}

/** The process id of the platform's PostgreSQL. */
export async function postgresPid(data: string): Promise<number> {
  return Number.parseInt(
    await readFile(join(data, "postgres/cluster/data/postmaster.pid"), "utf8"),
    10,
  );
}

/** Runs a command and collects what it prints. */
export async function runCommand(
  command: string,
  options: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(command, options, {
    cwd: ROOT,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}
