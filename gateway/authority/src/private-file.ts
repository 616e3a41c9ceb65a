import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, stat, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { StartupError } from "@truc/service";

/** Read, write and execute bits of group and others: none of them may be set on a private file. */
const OTHERS = 0o077;

/**
 * Reads a JSON file that only its owner may read, and makes it first when there is none.
 *
 * @param what how the file is called in a sentence: "the signing keys"
 * @param first makes the content of a new file; two processes starting at once end up with the same one
 * @throws StartupError when others can read the file, or it is no JSON, or cannot be made
 */
export async function readOrCreatePrivateFile(
  file: string,
  what: string,
  first: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await readPrivateFile(file, what);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await createPrivateFile(file, what, await first());
  return await readPrivateFile(file, what);
}

/**
 * @throws StartupError when others can read the file or it is no JSON
 * @throws the system's ENOENT when there is no such file
 */
export async function readPrivateFile(file: string, what: string): Promise<unknown> {
  let text: string;
  try {
    await using handle = await open(file, "r");
    const { mode } = await handle.stat();
    // Windows keeps access lists instead of these bits, and reports the same ones for every file.
    if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
      throw new StartupError(
        `The file of ${what}, ${file}, can be read by others than its owner: run "chmod 600 ${file}" and replace what it held if they may have read it.`,
      );
    }
    text = await handle.readFile("utf8");
  } catch (error) {
    if (error instanceof StartupError || isMissing(error)) throw error;
    throw new StartupError(
      `The file of ${what}, ${file}, cannot be read: ${(error as Error).message}.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new StartupError(`The file of ${what}, ${file}, is broken: it is not JSON.`);
  }
}

/** Puts a whole new file in place unless another process was first; a reader never sees half of it. */
async function createPrivateFile(file: string, what: string, content: unknown): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, serialise(content), { mode: 0o600, flag: "wx", flush: true });
    try {
      await link(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      await unlink(draft);
    }
  } catch (error) {
    throw new StartupError(
      `The file of ${what}, ${file}, cannot be written: ${(error as Error).message}.`,
    );
  }
}

/**
 * Replaces the file in one step. The draft beside it is also the lock: while one process changes the file, another
 * is refused.
 *
 * @param change gets what the file holds and gives what it shall hold
 */
export async function changePrivateFile(
  file: string,
  what: string,
  change: (content: unknown) => Promise<unknown>,
): Promise<void> {
  const draft = `${file}.new`;
  let handle;
  try {
    handle = await open(draft, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw new StartupError(
        `The file of ${what}, ${file}, cannot be changed: ${(error as Error).message}.`,
      );
    }
    throw new StartupError(
      `The file of ${what}, ${file}, is being changed by another process; if there is none, remove ${draft}.`,
    );
  }
  try {
    try {
      await handle.writeFile(serialise(await change(await readPrivateFile(file, what))));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
}

/** What tells one state of the file from another without reading it; a missing file has a state too. */
export async function fileStamp(file: string): Promise<string> {
  try {
    const { ino, mtimeMs, size, mode } = await stat(file);
    return `${ino} ${mtimeMs} ${size} ${mode}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function serialise(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
