import { readFile, rename, writeFile } from "node:fs/promises";
import { StartupError } from "@truc/service";

/** Reads a file this start once wrote; undefined when there is none. @throws StartupError when it is damaged */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // A parser quotes what it read, and these files hold secrets.
    const reason = error instanceof SyntaxError ? "it is not JSON" : (error as Error).message;
    throw new StartupError(
      `The file ${file} cannot be read (${reason}): remove it and start again.`,
      {
        cause: error,
      },
    );
  }
}

/** Writes a file that only its owner may read, whole or not at all. */
export async function writeJson(file: string, content: unknown): Promise<void> {
  const growing = `${file}.new`;
  await writeFile(growing, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(growing, file);
}

/** Reads the file, or makes its content and writes it when there is none. */
export async function readOrMake<T>(file: string, make: () => T | Promise<T>): Promise<T> {
  const present = await readJson<T>(file);
  if (present !== undefined) return present;
  const made = await make();
  await writeJson(file, made);
  return made;
}
