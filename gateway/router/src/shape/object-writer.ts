import { emptyMap, type ResultMap } from "../execute/merge.ts";
import { Piece } from "../splice/piece.ts";
import { isPlain, quoted, type LeafForm } from "./leaf-text.ts";
import type { WriteValue, Writing } from "./writing.ts";

/** Writes the value of a field of this object. @param depth how many keys and indices lead to the object */
export type WriteField = (writing: Writing, source: ResultMap, depth: number) => string | undefined;

/** A field of an object, as it is written. */
export interface FieldWriter {
  /** Response key. */
  readonly key: string;
  /** What the merged data has it under. */
  readonly inner: string;
  /** Its text, where it is the same in every object. */
  readonly constant?: string;
  /** The form that is written here, before `write` is asked: of a leaf, or any object or list. */
  readonly form?: Exclude<LeafForm, "other"> | "object";
  readonly enums?: ReadonlyMap<unknown, string>;
  /** What writes an object or list; undefined is then null, or bubbles where the field must not be null. */
  readonly present?: WriteValue;
  readonly nullable?: boolean;
  /** What writes every value, and says what has gone wrong. */
  readonly write: WriteField;
  /** What it costs besides its values; undefined where it costs nothing at all. */
  readonly asking?: ((writing: Writing) => number) | undefined;
}

const NOTHING = emptyMap();

/** A way a form is written in generated code: when, by what is in `value`; after which text; and as what. */
interface FormCode {
  readonly when: string;
  readonly after: string;
  readonly text: string;
}

const PLAIN = {
  when: `typeof value === "string" && isPlain(value)`,
  after: '"',
  text: `value + '"'`,
};
const TEXT = { when: `typeof value === "string"`, after: "", text: `quoted(value)` };
const NUMBER = {
  when: `typeof value === "number" && value - value === 0`,
  after: "",
  text: "value",
};
const FORMS: Readonly<Record<Exclude<LeafForm, "other" | "enum">, readonly FormCode[]>> = {
  text: [PLAIN, TEXT],
  int: [
    {
      when: `typeof value === "number" && (value | 0) === value`,
      after: "",
      text: "(value | 0)",
    },
  ],
  float: [NUMBER],
  boolean: [{ when: "value === true || value === false", after: "", text: "value" }],
  any: [PLAIN, TEXT, NUMBER],
};

/**
 * Makes a function that writes an object with these fields, as code: a property whose name stands in the code is
 * cheaper than one that is looked up through a variable, and leaves need no call each. Names come into the code
 * through JSON.stringify alone, and everything else by reference.
 * @param own what the object itself costs
 */
export function objectWriter(fields: readonly FieldWriter[], own: number): WriteValue {
  const lines: string[] = [];
  // What is the same in every object, waiting for what is not.
  let constant = "{";
  for (const [index, field] of fields.entries()) {
    constant += `${index === 0 ? "" : ","}${JSON.stringify(field.key)}:`;
    if (field.constant !== undefined) {
      constant += field.constant;
      continue;
    }
    lines.push(fieldCode(index, field, constant));
    constant = "";
  }
  const code = `"use strict";
    ${fields.map((_, index) => `const { write: write${index}, enums: enums${index}, present: present${index}, asking: asking${index} } = fields[${index}];`).join("\n")}
    return (writing, object, depth) => {
      // What is no object has no fields, whatever JavaScript thinks of a text's length.
      const source = typeof object === "object" && !Array.isArray(object) ? object : NOTHING;
      let value, text = "", cost = own;
      ${lines.join("\n")}
      writing.cost = cost > 0 ? cost : 0;
      return text + ${JSON.stringify(`${constant}}`)};
    };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- there is no faster way, and no text of anybody's is code
  const make = new Function("fields", "own", "isPlain", "quoted", "NOTHING", "Piece", code) as (
    ...given: unknown[]
  ) => WriteValue;
  return make(fields, own, isPlain, quoted, NOTHING, Piece);
}

/** @param before what stands before the value */
function fieldCode(index: number, field: FieldWriter, before: string): string {
  const { inner, form } = field;
  const start = JSON.stringify(before);
  const write = `
    value = write${index}(writing, source, depth);
    if (value === undefined) return undefined;
    text += ${start} + value;`;
  const cost =
    field.asking === undefined
      ? ""
      : `value = writing.cost + asking${index}(writing); if (value > 0) cost += value;`;
  const found = `value = source[${JSON.stringify(inner)}];`;
  if (form === undefined) return `${write} ${cost}`;
  if (form === "enum")
    return `${found} value = enums${index}.get(value);
      if (value !== undefined) text += ${start} + value;
      else { ${write} }`;
  if (form === "object") return `${found} ${objectCode(index, field, start, write)} ${cost}`;
  const ways = FORMS[form].map(
    ({ when, after, text }) =>
      `if (${when}) text += ${JSON.stringify(before + after)} + ${text}; else`,
  );
  return `${found} ${ways.join(" ")} { ${write} }`;
}

/**
 * @param start what stands before the value, as a literal
 * @param write the code for everything else
 */
function objectCode(index: number, field: FieldWriter, start: string, write: string): string {
  const nothing =
    field.nullable === true ? `{ value = "null"; writing.cost = 0; }` : `return undefined;`;
  return `if (value instanceof Piece) {
      text += ${start} + value.text;
      writing.cost = value.cost;
    } else if (typeof value === "object" && value !== null && writing.open) {
      writing.at[depth] = ${JSON.stringify(field.key)};
      value = present${index}(writing, value, depth + 1);
      if (value === undefined) ${nothing}
      text += ${start} + value;
    } else { ${write} }`;
}
