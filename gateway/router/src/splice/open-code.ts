import {
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from "graphql";
import { collectFields, type Collecting } from "../shape/collect-fields.ts";
import { askedFields, placeUnder, type AskedPlace } from "./asked-place.ts";
import type { ClosedCode } from "./closed-code.ts";
import { escaped, PLAIN_TEXT, takesTexts } from "./leaf-scan.ts";
import type { Keys } from "../plan/turns.ts";
import type { PlanKeys } from "./plan-keys.ts";
import type { Asking, Scanning } from "./scanning.ts";
import { literalCode, type CodeBook } from "./text-steps.ts";

/** What the code for open values is made with. */
export interface OpenParts {
  readonly book: CodeBook;
  readonly closed: ClosedCode;
  readonly scanning: Scanning;
  readonly fetched: Collecting;
  readonly asking: Asking;
  readonly planKeys: PlanKeys;
}

/** Objects at one place of what a fetch gives. */
export interface OpenPlace {
  readonly keys: Keys;
  /** As the fetch selects. */
  readonly sets: readonly SelectionSetNode[];
  /** What the caller asked there; undefined where she did not. */
  readonly asked: AskedPlace | undefined;
}

const FAILED = "undefined";

/**
 * The code that makes values of a subgraph's text: objects whose fields others want to know, with pieces where nobody
 * does. Each function gives the value and sets `pos` to where its text ends; or undefined where anything is not as expected.
 */
export class OpenCode {
  readonly #parts: OpenParts;

  constructor(parts: OpenParts) {
    this.#parts = parts;
  }

  /**
   * @param type as the planner has it
   * @returns the function's name; undefined for interfaces and unions
   */
  value(type: GraphQLOutputType, place: OpenPlace): string | undefined {
    if (isNonNullType(type)) return this.value(type.ofType as GraphQLOutputType, place);
    const { book } = this.#parts;
    if (isListType(type)) {
      const item = this.value(type.ofType as GraphQLOutputType, place);
      return item && book.define(listCode(item));
    }
    if (isLeafType(type)) return book.define(LEAF);
    return isObjectType(type) ? this.object(type, place) : undefined;
  }

  object(type: GraphQLObjectType, place: OpenPlace): string {
    const { fetched, book, asking } = this.#parts;
    const wanted = place.asked && askedFields(place.asked, asking);
    const lines: string[] = [];
    let run: OpenLeaf[] = [];
    const end = (): void => {
      lines.push(runCode(run, book));
      run = [];
    };
    for (const [index, [key, nodes]] of [...collectFields(place.sets, type, fetched)].entries()) {
      const lead = `${index === 0 ? "{" : ","}${JSON.stringify(key)}:`;
      const code = this.#field(type, key, nodes, { place, asked: wanted?.get(key) });
      const leaf = openLeaf(type, nodes[0]!.name.value, key);
      const each = `${literalCode(lead, FAILED)} ${code}`;
      if (leaf === undefined) {
        end();
        lines.push(each);
      } else run.push({ ...leaf, pattern: escaped(lead) + leaf.pattern, code: each });
    }
    end();
    return book.define(`${NULL}
      const map = emptyMap();
      ${lines.join("\n")}
      ${literalCode("}", FAILED)}
      pos = at;
      return map;`);
  }

  #field(
    parent: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
    {
      place,
      asked,
    }: {
      place: OpenPlace;
      asked: ReturnType<typeof askedFields> extends ReadonlyMap<string, infer F>
        ? F | undefined
        : never;
    },
  ): string {
    const here = `map[${JSON.stringify(key)}]`;
    const { value: name } = nodes[0]!.name;
    if (name === "__typename") {
      const named = JSON.stringify(parent.name);
      return `${literalCode(named, FAILED)} ${here} = ${named};`;
    }
    const type = parent.getFields()[name]?.type;
    const keys = [...place.keys, key];
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (sets.length === 0 || type === undefined) return leafCode(here);
    const own = asked?.name === name ? asked : undefined;
    const walk = place.asked?.walk;
    const isRead = walk?.readers.some((each) => each.key === key) === true;
    if (own !== undefined && !isRead && !this.#parts.planKeys.isNeeded(keys)) {
      const known = place.asked!.type.getFields()[name];
      const only = walk?.places.find((each) => each.key === key)?.only;
      const there = { sets, asked: own.there, walk: only, reader: undefined };
      const value = known && this.#parts.scanning.value(known.type, there);
      if (value !== undefined) return this.#piece(here, this.#parts.closed.value(value, true));
    }
    const under = own && placeUnder(place.asked!, key, own);
    const made = this.value(type, { keys, sets, asked: under });
    return made === undefined
      ? wholeCode(here)
      : `end = ${made}(text, at); if (end === undefined) return; ${here} = end; at = pos;`;
  }

  #piece(here: string, code: string): string {
    const name = this.#parts.book.define(`${code} return at;`);
    return `start = at; begin(at); at = ${name}(text, at);
      if (at < 0) return;
      ${here} = piece(text, start, at);`;
  }
}

/** A leaf whose values are texts as a rule, or a type's name. */
interface OpenLeaf {
  readonly pattern: string;
  /** What it is put under, by the group of the match; undefined for what is always the same. */
  readonly taken: string | undefined;
  readonly constant: string | undefined;
  /** What takes any value of it. */
  readonly code: string;
}

function openLeaf(
  parent: GraphQLObjectType,
  field: string,
  key: string,
): Omit<OpenLeaf, "code"> | undefined {
  const here = `map[${JSON.stringify(key)}]`;
  if (field === "__typename") {
    const name = JSON.stringify(parent.name);
    return { pattern: escaped(name), taken: undefined, constant: `${here} = ${name};` };
  }
  const type = getNullableType(parent.getFields()[field]?.type);
  if (!isLeafType(type) || !(takesTexts(type) || isEnumType(type))) return undefined;
  return { pattern: `(?:"(${PLAIN_TEXT})"|null)`, taken: here, constant: undefined };
}

/** Leaves that follow each other are taken by one match. */
function runCode(run: readonly OpenLeaf[], { give }: CodeBook): string {
  const single = run.map(({ code }) => code).join("\n");
  if (run.length < 2) return single;
  const pattern = give(new RegExp(run.map((each) => each.pattern).join(""), "y"));
  let group = 0;
  const taken = run.map(({ taken: into, constant }) =>
    into === undefined ? constant : `${into} = taken(found[${(group += 1)}]);`,
  );
  return `${pattern}.lastIndex = at;
    { const found = ${pattern}.exec(text);
      if (found !== null) { at = ${pattern}.lastIndex; ${taken.join(" ")} }
      else { ${single} } }`;
}

const NULL = `let start;
  if (text.charCodeAt(at) === 0x6e) {
    if (!text.startsWith("null", at)) return;
    pos = at + 4;
    return null;
  }`;

const PLAIN = `end = text.charCodeAt(at) === 0x22 ? plainEnd(text, at) : -1;`;

/** Any JSON value. */
const LEAF = `${PLAIN}
  if (end > 0) { pos = end; return textOf(text.slice(at + 1, end - 1)); }
  end = endOfValue(text, at);
  if (end < 0) return;
  pos = end;
  return parsed(text.slice(at, end));`;

function leafCode(here: string): string {
  return `${PLAIN}
    if (end > 0) { ${here} = textOf(text.slice(at + 1, end - 1)); at = end; }
    else { ${wholeCode(here)} }`;
}

function wholeCode(here: string): string {
  return `end = endOfValue(text, at);
    if (end < 0) return;
    ${here} = parsed(text.slice(at, end)); at = end;`;
}

function listCode(item: string): string {
  return `${NULL}
    ${literalCode("[", FAILED)}
    const list = [];
    if (text.charCodeAt(at) === 0x5d) { pos = at + 1; return list; }
    for (;;) {
      const value = ${item}(text, at);
      if (value === undefined) return;
      list.push(value);
      const after = text.charCodeAt(pos);
      at = pos + 1;
      if (after === 0x5d) { pos = at; return list; }
      if (after !== 0x2c) return;
    }`;
}
