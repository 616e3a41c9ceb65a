import type { GraphQLLeafType } from "graphql";
import { addKey, type KeyReader, type Standing } from "../record/key-readers.ts";
import { flatCode, isInOrder, ownedCode } from "./flat-object.ts";
import { leafWriter, takesTexts } from "./leaf-scan.ts";
import type { Answered, ScannedLeaf, ScannedList, ScannedObject, ScannedValue } from "./scanned.ts";
import { codeOf, type CodeBook, type Step } from "./text-steps.ts";

const QUOTE = 0x22;
const LETTER_N = 0x6e;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * The code that goes through a closed value, from `at` on, and makes the answer's text of it on the way. It returns -1
 * where anything is not as expected. It works on variables that it shares (see scanner-code.ts):
 *
 * - `out` is the text so far, and what stands in the subgraph's text from `from` on goes into the answer as it is: it is
 *   cut where something is left out, renamed or added;
 * - `cost` is what the objects cost so far;
 * - `told` is not 0 where the object that is gone through belongs to somebody by itself, and `owners` says to whom;
 * - `around` and `alone` are how many objects belong to somebody if the object that is gone through does, and if not.
 */
export class ClosedCode {
  readonly #book: CodeBook;

  constructor(book: CodeBook) {
    this.#book = book;
  }

  /** @param kept whether the answer has it */
  value(value: ScannedValue, kept: boolean): string {
    return codeOf(this.#value(value, kept), this.#book.give);
  }

  #value(value: ScannedValue, kept: boolean): Step[] {
    switch (value.kind) {
      case "name":
        return [{ literal: JSON.stringify(value.type) }];
      case "leaf":
        return this.#leaf(value, kept);
      case "list":
        return [{ code: orNull(value, this.#list(value, kept)) }];
      case "object": {
        const name = this.#book.define(this.#object(value, kept));
        const code = `if ((at = ${name}(text, at)) < 0) return -1;`;
        return [{ code: orNull(value, code) }];
      }
    }
  }

  #list({ item }: ScannedList, kept: boolean): string {
    return `if (text.charCodeAt(at) !== ${OPEN_LIST}) return -1;
      at += 1;
      if (text.charCodeAt(at) === ${CLOSE_LIST}) at += 1;
      else for (;;) {
        ${this.value(item, kept)}
        const after = text.charCodeAt(at);
        at += 1;
        if (after === ${CLOSE_LIST}) break;
        if (after !== ${COMMA}) return -1;
      }`;
  }

  #object(object: ScannedObject, kept: boolean): string {
    const { cost, owned, answered } = object;
    const steps =
      !kept || answered === undefined
        ? this.#skipped(object)
        : isInOrder(answered)
          ? this.#inOrder(object, answered)
          : this.#sorted(object, answered);
    const { give } = this.#book;
    const each = codeOf(steps, give);
    const flat = flatCode(kept ? object : { ...object, answered: undefined }, each, give) ?? each;
    const body = `${flat} ${cost > 0 ? `cost += ${cost};` : ""}`;
    return `${owned === undefined ? body : ownedCode(body, owned, "0")} return at;`;
  }

  #skipped({ fields }: ScannedObject): Step[] {
    const steps: Step[] = [{ literal: "{" }];
    for (const [index, { key, value }] of fields.entries())
      steps.push({ literal: before(index, key) }, ...this.#value(value, false));
    return [...steps, { literal: "}" }];
  }

  /** What is kept comes in the order in which the answer has it. */
  #inOrder({ fields }: ScannedObject, answered: readonly Answered[]): Step[] {
    const steps: Step[] = [{ literal: "{" }];
    const waiting = [...answered];
    /** Whether the subgraph's text goes into the answer from here on. */
    let running = true;
    let first = true;
    /** Texts that stand before what comes next. */
    const constants = (): string => {
      let text = "";
      for (let next = waiting[0]; next !== undefined && "constant" in next; next = waiting[0]) {
        text += `${first ? "" : ","}${JSON.stringify(next.key)}:${next.constant}`;
        first = false;
        waiting.shift();
      }
      return text;
    };
    const cut = (added: string): Step => ({
      code: running ? `out += text.slice(from, at) + ${added};` : `out += ${added};`,
    });
    for (const [index, { key, value }] of fields.entries()) {
      const answer = answered.find((each) => "field" in each && each.field === index);
      if (answer === undefined) {
        if (running) steps.push({ code: `out += text.slice(from, at);` });
        running = false;
        steps.push({ literal: before(index, key) }, ...this.#value(value, false));
        continue;
      }
      const added = constants();
      waiting.shift();
      const isSame = running && added === "" && answer.key === key && first === (index === 0);
      if (isSame) steps.push({ literal: before(index, key) });
      else {
        const name = `${first ? "" : ","}${JSON.stringify(answer.key)}:`;
        steps.push(cut(JSON.stringify(added + name)));
        steps.push({ literal: before(index, key) }, { code: `from = at;` });
      }
      running = true;
      first = false;
      steps.push(...this.#value(value, true));
    }
    const added = constants();
    if (!running || added !== "") steps.push(cut(JSON.stringify(added)), { code: `from = at;` });
    return [...steps, { literal: "}" }];
  }

  /** What is kept comes in another order than the answer's. */
  #sorted({ fields }: ScannedObject, answered: readonly Answered[]): Step[] {
    const steps: Step[] = [
      { code: `const out0 = out, from0 = from, start = at; out = "";` },
      { literal: "{" },
    ];
    for (const [index, { key, value }] of fields.entries()) {
      const kept = answered.some((each) => "field" in each && each.field === index);
      steps.push({ literal: before(index, key) });
      if (kept) steps.push({ code: `from = at;` });
      steps.push(...this.#value(value, kept));
      if (kept) steps.push({ code: `const kept${index} = out + text.slice(from, at); out = "";` });
    }
    const parts = answered.map((each, index) => {
      const name = `${index === 0 ? "" : ","}${JSON.stringify(each.key)}:`;
      return "constant" in each
        ? JSON.stringify(name + each.constant)
        : `${JSON.stringify(name)} + kept${each.field}`;
    });
    const all = [`out0`, `text.slice(from0, start)`, `"{"`, ...parts, `"}"`].join(" + ");
    return [...steps, { literal: "}" }, { code: `out = ${all}; from = at;` }];
  }

  #leaf(leaf: ScannedLeaf, kept: boolean): Step[] {
    const { type, nullable, cost, reader } = leaf;
    const { give } = this.#book;
    const otherwise = kept
      ? `at = leaf(text, at, ${give(leafWriter(type, nullable))}); if (at < 0) return -1;`
      : `at = skip(text, at, ${nullable}); if (at < 0) return -1;`;
    const usual = (taken: string): string =>
      takesTexts(type)
        ? `end = text.charCodeAt(at) === ${QUOTE} ? plainEnd(text, at) : -1;
          if (end > 0) { ${taken} at = end; } else { ${otherwise} }`
        : otherwise;
    if (cost === 0 && reader === undefined) return [{ leaf, otherwise: usual("") }];
    const counted =
      cost === 0 ? "" : `if (text.charCodeAt(start) !== ${LETTER_N}) cost += ${cost};`;
    const key = reader === undefined ? undefined : this.#key(reader);
    const code =
      key === undefined
        ? usual("")
        : takesTexts(type)
          ? `end = text.charCodeAt(at) === ${QUOTE} ? plainEnd(text, at) : -1;
            if (end > 0) { told = 1; owner(${key.type}, textOf(text.slice(at + 1, end - 1))); at = end; }
            else { ${otherwise} ${key.read} }`
          : `${otherwise} ${key.read}`;
    return [{ code: `{ const start = at; ${code} ${counted} }` }];
  }

  /** The code that puts down a key; what is none of its type cannot be told. */
  #key(reader: KeyReader): { type: string; read: string } {
    const owner = reader.owner!;
    const leaf = leafOf(reader.stands.get(owner));
    const read = this.#book.give((value: unknown, byType: Map<string, Set<string>>): number =>
      value === null ? 0 : addKey(value, leaf, owner, byType),
    );
    return {
      type: JSON.stringify(owner),
      read: `const bits = ownerOf(text.slice(start, at), ${read});
        if (bits > 1) return -1;
        told |= bits;`,
    };
  }
}

function leafOf(standing: Standing | undefined): GraphQLLeafType {
  return standing?.item === undefined ? standing!.leaf! : leafOf(standing.item);
}

function before(index: number, key: string): string {
  return `${index === 0 ? "" : ","}${JSON.stringify(key)}:`;
}

function orNull({ nullable }: { nullable: boolean }, code: string): string {
  if (!nullable) return code;
  return `if (text.charCodeAt(at) === ${LETTER_N}) { if (!text.startsWith("null", at)) return -1; at += 4; }
    else { ${code} }`;
}
