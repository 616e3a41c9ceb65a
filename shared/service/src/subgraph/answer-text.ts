import type { GraphQLError } from "graphql";

/** What one operation is answered. */
export interface OperationAnswer {
  /** The JSON of `data`; undefined where nothing ran. */
  data: string | undefined;
  errors: readonly GraphQLError[];
  /** The place in the batch that the request named. */
  item: number | undefined;
}

/** A body as it goes over the wire. */
export interface AnswerBody {
  bytes: Buffer;
  /** Of a batch, the lengths of its items in bytes; undefined for a single answer. */
  itemBytes: readonly number[] | undefined;
}

/** One answer alone. */
export function writeAnswer(answer: OperationAnswer): AnswerBody {
  return { bytes: Buffer.from(textOf(answer)), itemBytes: undefined };
}

/** The answers of a batch, as an array without spaces. */
export function writeBatch(answers: readonly OperationAnswer[]): AnswerBody {
  const items = answers.map((answer) => Buffer.from(textOf(answer)));
  const itemBytes = items.map(({ length }) => length);
  const bytes = Buffer.allocUnsafe(itemBytes.reduce((sum, length) => sum + length + 1, 1));
  let at = 0;
  for (const item of items) {
    bytes[at] = at === 0 ? OPENING : COMMA;
    at += 1 + item.copy(bytes, at + 1);
  }
  bytes[at] = CLOSING;
  return { bytes, itemBytes };
}

const [OPENING, COMMA, CLOSING] = Buffer.from("[,]") as unknown as [number, number, number];

function textOf({ data, errors, item }: OperationAnswer): string {
  const parts: string[] = [];
  if (data !== undefined) parts.push(`"data":${data}`);
  if (errors.length > 0 || data === undefined) parts.push(`"errors":${JSON.stringify(errors)}`);
  if (item !== undefined) parts.push(`"extensions":{"item":${item}}`);
  return `{${parts.join(",")}}`;
}
