import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { ServiceProcess } from "./service-process.ts";

/** Looks into the heaps of processes that are started with its options. */
export class Heaps {
  readonly #directory = mkdtempSync(join(tmpdir(), "truc-heap-"));

  /** What Node is given before the file. */
  get nodeOptions(): readonly string[] {
    return [
      "--heapsnapshot-signal=SIGUSR2",
      `--diagnostic-dir=${this.#directory}`,
      // Longer texts would be cut off in it.
      "--heap-snapshot-string-limit=1000000",
    ];
  }

  /** Everything that is alive in a process after a full collection, as V8 writes it down. */
  async of({ child }: ServiceProcess): Promise<string> {
    const before = new Set(readdirSync(this.#directory));
    child.kill("SIGUSR2");
    return await vi.waitFor(
      () => {
        const file = readdirSync(this.#directory).find((name) => !before.has(name));
        const text = file === undefined ? "" : readFileSync(join(this.#directory, file), "utf8");
        if (!text.trimEnd().endsWith("]}")) throw new Error("the snapshot is not written yet");
        return text;
      },
      { timeout: 60_000, interval: 200 },
    );
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
