import { escaped, leafPattern, takesTexts } from "./leaf-scan.ts";
import type { ScannedLeaf } from "./scanned.ts";

/** One step of code that goes through a text: what must stand there, a leaf, or code of its own. */
export type Step =
  | { readonly literal: string }
  | { readonly leaf: ScannedLeaf; readonly otherwise: string }
  | { readonly code: string };

/** Puts a value into the code by reference. @returns the name it has there */
export type Give = (value: unknown) => string;

/** Where code is gathered: functions by name, and what they refer to. */
export interface CodeBook {
  readonly give: Give;
  /** @param body with the parameters `text` and `at`, and a variable `end` @returns the function's name */
  define(body: string): string;
}

/**
 * The code of such steps, in which `text` is gone through from `at` on, and which returns -1 where something else stands.
 * Leaves that follow each other are gone through by one regular expression: that is several times cheaper than a look at
 * each. What it does not know (escapes, numbers that are written otherwise) each leaf's own code judges.
 */
export function codeOf(steps: readonly Step[], give: Give): string {
  const code: string[] = [];
  let run: Exclude<Step, { code: string }>[] = [];
  const end = (): void => {
    if (run.length > 0) code.push(runCode(run, give));
    run = [];
  };
  for (const step of steps) {
    if ("code" in step) {
      end();
      code.push(step.code);
      continue;
    }
    const last = run.at(-1);
    if ("literal" in step && last !== undefined && "literal" in last)
      run[run.length - 1] = { literal: last.literal + step.literal };
    else run.push(step);
  }
  end();
  return code.join("\n");
}

function runCode(run: readonly Exclude<Step, { code: string }>[], give: Give): string {
  const single = run
    .map((step) => ("literal" in step ? literalCode(step.literal) : step.otherwise))
    .join("\n");
  const patterns = run.map((step) =>
    "literal" in step ? escaped(step.literal) : leafPattern(step.leaf.type, step.leaf.nullable),
  );
  const leaves = run.flatMap((step) => ("leaf" in step ? [step.leaf] : []));
  // One text for itself is found as cheaply without.
  const isCheap = leaves.every(({ type }) => takesTexts(type)) && leaves.length < 2;
  if (isCheap || patterns.includes(undefined)) return single;
  const pattern = give(new RegExp(patterns.join(""), "y"));
  return `${pattern}.lastIndex = at;
    if (${pattern}.test(text)) at = ${pattern}.lastIndex;
    else { ${single} }`;
}

/** @param failed what is returned where something else stands */
export function literalCode(literal: string, failed = "-1"): string {
  const { length } = literal;
  const stands =
    length === 1
      ? `text.charCodeAt(at) === ${literal.charCodeAt(0)}`
      : `text.startsWith(${JSON.stringify(literal)}, at)`;
  return `if (!(${stands})) return ${failed}; at += ${length};`;
}
