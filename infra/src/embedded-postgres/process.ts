import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import {
  chown,
  lstat,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StartupError } from "@truc/service";
import type { Binaries } from "./binaries.ts";
import { handOver, type Owner } from "./owner.ts";

interface Cluster {
  binaries: Binaries;
  /** The folder that holds `data/`; owned by the user who runs the server. */
  cluster: string;
  owner: Owner | undefined;
}

/** How what is still being made is called, before what tells one attempt from another. */
const GROWING = { data: "data.new", password: "password.new" } as const;

/**
 * Makes the data folder where there is none. It grows under a name of its own and is renamed when complete: what an
 * interrupted initialisation left is thrown away by the next, as far as an initdb that has outlived its supervisor
 * does not write there still.
 */
export async function initialise(
  options: Cluster & { superuser: string; password: string },
): Promise<void> {
  const { cluster, owner } = options;
  const data = join(cluster, "data");
  await removeUnfinished(cluster);
  if ((await lstat(join(data, "PG_VERSION")).catch(() => null)) !== null) return;
  const attempt = randomUUID();
  const passwordFile = join(cluster, `${GROWING.password}.${attempt}`);
  try {
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (owner !== undefined) await chown(passwordFile, owner.uid, owner.gid);
    await runInitdb(options, attempt);
    await rename(join(cluster, `${GROWING.data}.${attempt}`), data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function removeUnfinished(cluster: string): Promise<void> {
  const prefixes = Object.values(GROWING);
  for (const name of await readdir(cluster))
    if (prefixes.some((prefix) => name.startsWith(prefix)))
      await rm(join(cluster, name), { recursive: true, force: true }).catch(() => {});
}

async function runInitdb(
  { binaries, cluster, owner, superuser }: Cluster & { superuser: string },
  attempt: string,
): Promise<void> {
  const handed = handOver(cluster, owner);
  const child = spawn(
    binaries.initdb,
    [
      `--pgdata=${handed.path}/${GROWING.data}.${attempt}`,
      `--pwfile=${handed.path}/${GROWING.password}.${attempt}`,
      `--username=${superuser}`,
      "--auth=scram-sha-256",
      "--locale=C",
      "--encoding=UTF8",
    ],
    {
      ...owner,
      cwd: "/",
      env: childEnvironment(),
      stdio: ["ignore", "ignore", "pipe", ...handed.stdio],
      windowsHide: true,
    },
  );
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const code = await new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (status, signal) => resolve(status ?? String(signal)));
  });
  handed.close();
  if (code === 0) return;
  const line = complaint
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^\s*initdb: (error|fatal): /, "");
  throw new StartupError(
    `The embedded PostgreSQL's data folder cannot be initialised: ${line || `initdb ended with ${code}`}.`,
  );
}

/** No locale, PG… variable or preload of the starting user reaches the server. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return {
    LC_ALL: "C",
    TZ: "UTC",
    ...(PATH && { PATH }),
    ...(SystemRoot && { SystemRoot }),
    ...(TEMP && { TEMP }),
  };
}

export interface Server {
  ended: Promise<void>;
  hasEnded(): boolean;
  /** Fast shutdown; waits for the end. */
  stop(): Promise<void>;
  /** The last FATAL or ERROR the server wrote before it ended, without its prefix. */
  lastError(): Promise<string>;
}

/**
 * Waits beside the server for its own standard input to close, which happens when the supervisor ends in whatever way,
 * and then asks the server for a fast shutdown. The server takes the shell's place and so has the process id `$$`.
 */
const GUARDED = 'exec 9<&0; ((cat <&9; kill -INT $$) >/dev/null 2>&1 &); exec "$@" </dev/null 9<&-';

/** Starts the server; it may not be ready yet when this resolves. */
export async function serve(options: Cluster & { port: number; logFile: string }): Promise<Server> {
  const { binaries, owner } = options;
  const log = openSync(options.logFile, "a", 0o600);
  const logStart = (await lstat(options.logFile)).size;
  const handed = handOver(options.cluster, owner);
  const command = [binaries.postgres, "-D", `${handed.path}/data`, ...settings(options.port)];
  const guarded = process.platform !== "win32";
  const child = spawn(
    guarded ? "/bin/sh" : command[0]!,
    guarded ? ["-c", GUARDED, "sh", ...command] : command.slice(1),
    {
      ...owner,
      cwd: "/",
      env: childEnvironment(),
      // A session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops the services first.
      detached: guarded,
      stdio: ["pipe", log, log, ...handed.stdio],
      windowsHide: true,
    },
  );
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  }).then(() => {
    hasEnded = true;
    child.stdin?.destroy();
  });
  child.stdin?.on("error", () => {});
  closeSync(log);
  handed.close();
  return {
    ended,
    hasEnded: () => hasEnded,
    stop: async () => {
      if (!hasEnded) child.kill("SIGINT");
      await ended;
    },
    lastError: async () => await lastErrorIn(options.logFile, logStart),
  };
}

function settings(port: number): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    shared_buffers: "96MB",
    max_wal_size: "2GB",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_checkpoints: "off",
    // Without details, where the values of a row that was refused would stand.
    log_error_verbosity: "terse",
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function lastErrorIn(logFile: string, from: number): Promise<string> {
  const file = await open(logFile, "r");
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read({
      buffer: Buffer.alloc(Math.min(size - from, 65_536)),
      position: from,
    });
    const lines = buffer.toString("utf8").split("\n");
    const line =
      lines.findLast((text) => /(FATAL|ERROR|PANIC): /.test(text)) ??
      lines.findLast((text) => text !== "");
    return (line ?? "").replace(/^.*?(FATAL|ERROR|PANIC): +/, "").trim();
  } finally {
    await file.close();
  }
}

/**
 * Ends a server that outlived its supervisor in this folder, and removes a lock file whose writer is gone: its process
 * id may belong to somebody else by now, and PostgreSQL would then refuse to start.
 */
export async function stopOrphan(cluster: string): Promise<void> {
  const data = join(cluster, "data");
  const lockFile = join(data, "postmaster.pid");
  const pid = Number.parseInt(await readFile(lockFile, "utf8").catch(() => ""), 10);
  if (!(pid > 0)) return;
  for (const [signal, patienceMs] of [
    ["SIGINT", 15_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!(await serves(pid, data))) break;
    process.kill(pid, signal);
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline && (await serves(pid, data))) await pause(50);
  }
  await rm(lockFile, { force: true });
}

/** Whether the process is a PostgreSQL at work in this data folder, which is always its working directory. */
async function serves(pid: number, data: string): Promise<boolean> {
  if (process.platform === "linux") {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    return folder !== null && folder === (await realpath(data));
  }
  // Elsewhere the working directory is not to be had; the command line names the folder. Without ps, leave it alone.
  const { stdout } = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return (stdout ?? "").includes(`-D ${data}`);
}
