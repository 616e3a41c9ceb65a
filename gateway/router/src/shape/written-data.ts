import type { FormattedExecutionResult } from "graphql";
import { octetsOf, textOf } from "../splice/octets.ts";

type Parts = {
  [Name in "errors" | "data" | "extensions"]?: FormattedExecutionResult[Name] | undefined;
};

/** The data of an answer as the JSON that is sent. */
export class WrittenData {
  /** An octet text. */
  readonly octets: string;
  /** What the values in it cost; undefined where that takes a look at all of them together. */
  readonly cost: number | undefined;

  constructor(octets: string, cost: number | undefined) {
    this.octets = octets;
    this.cost = cost;
  }

  get text(): string {
    return textOf(this.octets);
  }

  toJSON(): unknown {
    return JSON.parse(this.text) as unknown;
  }
}

/** From this length on an answer is made into bytes once and for all; shorter ones go out together with their headers. */
const LONG = 4_096;

/**
 * The body of an answer: `errors`, `data` and `extensions` in this order and a line feed, as Apollo Server has it.
 * @returns a text, or the bytes of one that is long
 */
export function answerBody(parts: Parts): string | Buffer {
  const octets = isWritten(parts.data) ? writtenAnswer(parts, parts.data) : undefined;
  if (octets === undefined) return answerText(parts);
  return octets.length < LONG ? textOf(octets) : Buffer.from(octets, "latin1");
}

/** The same as a text in any case. */
export function answerText(parts: Parts): string {
  const { errors, data, extensions } = parts;
  if (isWritten(data)) return textOf(writtenAnswer(parts, data));
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}

/** Added up without being put together: whoever sends it does that once. */
function writtenAnswer({ errors, extensions }: Parts, { octets }: WrittenData): string {
  let answer = "{";
  if (errors !== undefined) answer += `"errors":${octetsOf(JSON.stringify(errors))},`;
  answer += `"data":${octets}`;
  if (extensions !== undefined) answer += `,"extensions":${octetsOf(JSON.stringify(extensions))}`;
  return `${answer}}\n`;
}

function isWritten(data: unknown): data is WrittenData {
  return data instanceof WrittenData;
}
