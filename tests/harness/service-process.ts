import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One service as a process of its own, as production runs it: `node <folder>/src/server.ts` and an environment. */
export class ServiceProcess {
  readonly child: ChildProcess;
  /** Its log, JSON lines. */
  stdout = "";
  stderr = "";
  readonly #ended: Promise<number | NodeJS.Signals>;

  /**
   * @param folder its workspace, from the repository's top; or the file that is run instead of its server
   * @param nodeOptions what Node is given before the file
   */
  constructor(
    folder: string,
    environment: Record<string, string>,
    nodeOptions: readonly string[] = [],
  ) {
    const file = folder.endsWith(".ts") ? folder : join(ROOT, folder, "src/server.ts");
    this.child = spawn(process.execPath, [...nodeOptions, file], {
      env: { PATH: process.env["PATH"], ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#ended = once(this.child, "close").then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
  }

  /** Waits for a line of its log. @throws Error with both outputs when it ends before */
  async logs(message: string): Promise<Record<string, unknown>> {
    const found = (): Record<string, unknown> | undefined =>
      this.stdout
        .split("\n")
        .filter((line) => line.includes(`"msg":${JSON.stringify(message)}`) && line.endsWith("}"))
        .map((line) => JSON.parse(line) as Record<string, unknown>)[0];
    const seen = new Promise<void>((resolve) => {
      const look = (): void => {
        if (found() === undefined) return;
        // Whoever logs much would otherwise have all of it searched with every line.
        this.child.stdout!.off("data", look);
        resolve();
      };
      this.child.stdout!.on("data", look);
      look();
    });
    const ended = await Promise.race([seen.then(() => undefined), this.#ended]);
    if (ended !== undefined && found() === undefined) {
      throw new Error(`it ended with ${ended}\n${this.stdout}\n${this.stderr}`);
    }
    return found()!;
  }

  /** Waits until it takes requests. @returns its address, without trailing slash */
  async ready(): Promise<string> {
    return String((await this.logs("ready"))["url"]);
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
