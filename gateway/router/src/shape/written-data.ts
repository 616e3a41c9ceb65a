import type { FormattedExecutionResult } from "graphql";

type Parts = {
  [Name in "errors" | "data" | "extensions"]?: FormattedExecutionResult[Name] | undefined;
};

/** The data of an answer as the JSON text that is sent. */
export class WrittenData {
  readonly text: string;
  /** What the values in it cost; undefined where that takes a look at all of them together. */
  readonly cost: number | undefined;

  constructor(text: string, cost: number | undefined) {
    this.text = text;
    this.cost = cost;
  }

  toJSON(): unknown {
    return JSON.parse(this.text) as unknown;
  }
}

/** The body of an answer: `errors`, `data` and `extensions` in this order and a line feed, as Apollo Server has it. */
export function answerText({ errors, data, extensions }: Parts): string {
  if (!((data as unknown) instanceof WrittenData))
    return `${JSON.stringify({ errors, data, extensions })}\n`;
  // Added up without being put together: whoever sends it does that once.
  let text = "{";
  if (errors !== undefined) text += `"errors":${JSON.stringify(errors)},`;
  text += `"data":${(data as unknown as WrittenData).text}`;
  if (extensions !== undefined) text += `,"extensions":${JSON.stringify(extensions)}`;
  return text + "}\n";
}
