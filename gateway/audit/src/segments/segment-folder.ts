import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SegmentRefused } from "./segment-refused.ts";

/** What a file of a segment holds. */
export interface FileDigest {
  readonly bytes: number;
  /** Base64. */
  readonly sha256: string;
}

const FLUSH_BYTES = 1024 * 1024;

/** A file that is written from its beginning to its end, and digested on the way. */
export class DigestedFile {
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<DigestedFile> {
    return new DigestedFile(await open(path, "wx", 0o640));
  }

  async write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= FLUSH_BYTES) await this.#flush();
  }

  /** Everything is on disk when it resolves. */
  async finish(): Promise<FileDigest> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest("base64") };
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    const data = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#hash.update(data);
    this.#bytes += data.length;
    for (let at = 0; at < data.length;) {
      const { bytesWritten } = await this.#file.write(data, at);
      at += bytesWritten;
    }
  }
}

/** What a file holds that was written before. */
export async function digestOfFile(path: string): Promise<FileDigest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: FLUSH_BYTES })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("base64") };
}

/**
 * Makes a folder whole or not at all: it is written beside its place under another name, and gets its own when
 * everything is on disk. What a process that was killed left behind ends in `.partial`.
 * @throws SegmentRefused when there is something at its place
 */
export async function makeFolder<T>(
  directory: string,
  fill: (folder: string) => Promise<T>,
): Promise<T> {
  const place = resolve(directory);
  if (await isThere(place)) throw new SegmentRefused(`There is something at ${place} already.`);
  const partial = `${place}.${randomUUID().slice(0, 8)}.partial`;
  await mkdir(partial, { recursive: true, mode: 0o750 });
  try {
    const result = await fill(partial);
    await sync(partial);
    // An empty folder made meanwhile is replaced, a filled one is not.
    await rename(partial, place);
    await sync(dirname(place));
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Opens files of a folder, and closes them whatever happens. */
export async function withFiles<N extends string, T>(
  folder: string,
  names: readonly N[],
  use: (files: Record<N, DigestedFile>) => Promise<T>,
): Promise<T> {
  const files = {} as Record<N, DigestedFile>;
  try {
    for (const name of names) files[name] = await DigestedFile.create(join(folder, name));
    return await use(files);
  } finally {
    for (const file of Object.values<DigestedFile>(files)) await file.abandon();
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  await handle.sync().finally(() => handle.close());
}
