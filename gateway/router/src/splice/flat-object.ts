import { ASCII_TEXT, escaped, leafPattern, takesTexts } from "./leaf-scan.ts";
import type {
  Answered,
  ScannedField,
  ScannedLeaf,
  ScannedObject,
  ScannedValue,
} from "./scanned.ts";
import type { Give } from "./text-steps.ts";

/** More groups than this, and a match would cost more than it saves. */
const MAX_GROUPS = 24;

/**
 * The code that goes through an object without lists by one regular expression: what it matches is the usual, and every
 * null within shows by a group. Undefined for objects that are not of that kind. It works on the variables that
 * closed-code.ts tells of; its own names begin with `f`.
 * @param otherwise the code that goes through the object where it does not match
 */
export function flatCode(object: ScannedObject, otherwise: string, give: Give): string | undefined {
  const flat = new Flat();
  const code = flat.whole(object);
  if (code === undefined || flat.groups > MAX_GROUPS) return undefined;
  const pattern = give(new RegExp(flat.pattern, "y"));
  const matched =
    flat.groups === 0
      ? `if (${pattern}.test(text)) { at = ${pattern}.lastIndex; ${code} }`
      : `const found = ${pattern}.exec(text);
        if (found !== null) { const fstart = at; at = ${pattern}.lastIndex; ${code} }`;
  return `${pattern}.lastIndex = at; ${matched} else { ${otherwise} }`;
}

class Flat {
  pattern = "";
  groups = 0;
  /** Objects whose code needs names of its own. */
  #blocks = 0;

  /** The code for the object itself, whose own counts are the caller's. */
  whole(object: ScannedObject): string | undefined {
    const { fields, answered } = object;
    this.pattern = "";
    if (answered !== undefined && !isInOrder(answered)) return undefined;
    return answered === undefined || isVerbatim(object)
      ? this.#fields(fields)
      : this.#cut(fields, [...answered]);
  }

  /** What is kept of it is cut out by groups: what is left out stands between them. */
  #cut(fields: readonly ScannedField[], waiting: Answered[]): string | undefined {
    const texts: string[] = [];
    const code: string[] = [];
    let running = false;
    let first = true;
    const open = (): void => {
      this.pattern += "(";
      texts.push(`found[${(this.groups += 1)}]`);
      running = true;
    };
    const close = (): void => {
      if (running) this.pattern += ")";
      running = false;
    };
    const constants = (): string => {
      let text = "";
      for (let next = waiting[0]; next !== undefined && "constant" in next; next = waiting[0]) {
        text += `${first ? "" : ","}${JSON.stringify(next.key)}:${next.constant}`;
        first = false;
        waiting.shift();
      }
      return text;
    };
    open();
    this.pattern += String.raw`\{`;
    for (const [index, { key, value }] of fields.entries()) {
      const lead = escaped(`${index === 0 ? "" : ","}${JSON.stringify(key)}:`);
      const answer = waiting.find((each) => "field" in each && each.field === index);
      if (answer === undefined) {
        close();
        this.pattern += lead;
      } else {
        if (!isVerbatimValue(value)) return undefined;
        const added = constants();
        waiting.shift();
        if (running && added === "" && answer.key === key && first === (index === 0))
          this.pattern += lead;
        else {
          close();
          const name = `${first ? "" : ","}${JSON.stringify(answer.key)}:`;
          texts.push(JSON.stringify(added + name));
          this.pattern += lead;
          open();
        }
        first = false;
      }
      const inner = this.#value(value);
      if (inner === undefined) return undefined;
      code.push(inner);
    }
    close();
    const added = constants();
    if (added !== "") texts.push(JSON.stringify(added));
    this.pattern += String.raw`\}`;
    return `${code.join("\n")}
      out += text.slice(from, fstart) + ${texts.join(" + ")}; from = at - 1;`;
  }

  #fields(fields: readonly ScannedField[]): string | undefined {
    const code: string[] = [];
    this.pattern += String.raw`\{`;
    for (const [index, { key, value }] of fields.entries()) {
      this.pattern += escaped(`${index === 0 ? "" : ","}${JSON.stringify(key)}:`);
      const inner = this.#value(value);
      if (inner === undefined) return undefined;
      code.push(inner);
    }
    this.pattern += String.raw`\}`;
    return code.join("\n");
  }

  #value(value: ScannedValue): string | undefined {
    switch (value.kind) {
      case "list":
        return undefined;
      case "name":
        this.pattern += escaped(JSON.stringify(value.type));
        return "";
      case "leaf":
        return this.#leaf(value);
      case "object":
        return this.#object(value);
    }
  }

  #leaf({ type, nullable, cost, reader }: ScannedLeaf): string | undefined {
    if (cost > 0) return undefined;
    if (reader === undefined) {
      const pattern = leafPattern(type, nullable);
      if (pattern === undefined) return undefined;
      this.pattern += pattern;
      return "";
    }
    if (!takesTexts(type)) return undefined;
    const group = (this.groups += 1);
    const text = `"(${ASCII_TEXT})"`;
    this.pattern += nullable ? `(?:${text}|null)` : text;
    const owner = JSON.stringify(reader.owner);
    return `if (found[${group}] !== undefined) { told = 1; owner(${owner}, found[${group}]); }`;
  }

  #object(object: ScannedObject): string | undefined {
    const { nullable, cost, owned, fields } = object;
    const before = this.pattern;
    // A group that matches nothing, where there is a null.
    const group = nullable ? (this.groups += 1) : 0;
    this.pattern = "";
    const inner = this.#fields(fields);
    if (inner === undefined) return undefined;
    this.pattern = nullable ? `${before}(?:null()|${this.pattern})` : `${before}${this.pattern}`;
    const block = (this.#blocks += 1);
    const body = `${inner} ${cost > 0 ? `cost += ${cost};` : ""}`;
    const code = owned === undefined ? body : ownedCode(body, owned, String(block));
    // The groups of an object that is not there are not there either.
    const says = cost > 0 || owned !== undefined;
    return nullable && says ? `if (found[${group}] === undefined) { ${code} }` : code;
  }
}

/** The code of an object that counts if it belongs to somebody; see closed-code.ts. @param own tells its names apart */
export function ownedCode(body: string, owned: { readonly around: boolean }, own: string): string {
  const count = owned.around
    ? `if (told !== 0) around = alone = 1 + around; else around = 1 + around;`
    : `if (told !== 0) around = alone = 1 + around; else around = alone;`;
  return `const around${own} = around, alone${own} = alone, told${own} = told;
    around = alone = told = 0;
    ${body}
    ${count}
    around += around${own}; alone += alone${own}; told = told${own};`;
}

/** Whether the answer has the very text of an object. */
function isVerbatim({ fields, answered }: ScannedObject): boolean {
  return (
    answered?.length === fields.length &&
    answered.every((each, index) => "field" in each && each.field === index) &&
    fields.every(({ key, value }, index) => key === answered[index]!.key && isVerbatimValue(value))
  );
}

function isVerbatimValue(value: ScannedValue): boolean {
  return value.kind === "leaf" || (value.kind === "object" && isVerbatim(value));
}

export function isInOrder(answered: readonly Answered[]): boolean {
  let last = -1;
  for (const each of answered) {
    if (!("field" in each)) continue;
    if (each.field < last) return false;
    last = each.field;
  }
  return true;
}
