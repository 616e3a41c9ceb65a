import { join } from "node:path";
import { expect } from "vitest";
import { ROOT, runCommand } from "./platform-process.ts";

/** `npx truc` as a file, for a Node.js of one's own. */
export const TRUC = join(ROOT, "infra/bin/truc.mjs");

/** Words of a command line, in groups where that reads better. */
export type Words = (string | readonly string[])[];

/** `truc` as a user types it, for one platform. */
export class Truc {
  readonly data: string;

  /** @param data the platform's data folder */
  constructor(data: string) {
    this.data = data;
  }

  async run(...words: Words): Promise<{ code: number; stdout: string; stderr: string }> {
    return await runCommand(process.execPath, [TRUC, ...words.flat(), "--data", this.data]);
  }

  /** What a command that succeeds prints. */
  async said(...words: Words): Promise<string> {
    const { code, stdout, stderr } = await this.run(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  }

  /** What a query brought that was answered without errors. */
  async answer(...words: Words): Promise<any> {
    return JSON.parse(await this.said("query", ...words));
  }

  /** What a command that succeeds prints as JSON. */
  async json(...words: Words): Promise<any> {
    return JSON.parse(await this.said(...words, "--json"));
  }

  /** The one sentence of a command that fails. */
  async refusal(...words: Words): Promise<string> {
    const { code, stdout, stderr } = await this.run(...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    return stderr.trimEnd();
  }
}
