import { Refusal, type ErrorCode } from "@truc/contracts";
import { Kind, parse, type DocumentNode, type SelectionSetNode } from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { LRUCache } from "lru-cache";

/** How large an operation may be, so that reading and planning it costs little whatever it is. */
export interface Limits {
  maxTokens: number;
  /** Fields within fields, fragments followed. */
  maxDepth: number;
  /** Selections within selections of any kind: a chain of fragments costs the planner more than a chain of fields. */
  maxNesting: number;
  /** Fields selected in all, each use of a fragment counted again. */
  maxFields: number;
  /** Fields with the same response key: validation compares them pair by pair. */
  maxSameKey: number;
}

export const DOCUMENT_LIMITS: Limits = {
  maxTokens: 10_000,
  maxDepth: 30,
  maxNesting: 45,
  maxFields: 5_000,
  maxSameKey: 500,
};

/** Checks documents against the limits before anything expensive is done with them. */
export class DocumentLimits {
  readonly #limits: Limits;
  readonly #verdicts = new LRUCache<string, { code: ErrorCode | null }>({
    maxSize: 16 * 1024 * 1024,
    sizeCalculation: (_, text) => text.length + 64,
  });

  constructor(limits: Limits = DOCUMENT_LIMITS) {
    this.#limits = limits;
  }

  /**
   * A text that does not parse passes: the parser's own error is the better answer.
   * @returns the document, with locations, where it was parsed for this
   * @throws Refusal READ_…
   */
  check(text: string | undefined): DocumentNode | undefined {
    if (text === undefined || text === "") return undefined;
    const known = this.#verdicts.get(text);
    const parsed = known === undefined ? this.#parsed(text) : undefined;
    const code = known?.code ?? (isDocument(parsed) ? this.#measure(parsed) : (parsed ?? null));
    if (known === undefined) this.#verdicts.set(text, { code });
    if (code !== null) throw new Refusal(code);
    return isDocument(parsed) ? parsed : undefined;
  }

  /** @returns what is too much of it; undefined where it does not parse */
  #parsed(text: string): DocumentNode | ErrorCode | undefined {
    try {
      return parse(text, { maxTokens: this.#limits.maxTokens });
    } catch (error) {
      if (error instanceof RangeError) return "READ_TOO_DEEP";
      return error instanceof Error && /more tha[nt] \d+ tokens/i.test(error.message)
        ? "READ_TOO_MANY_TOKENS"
        : undefined;
    }
  }

  #measure(document: DocumentNode): ErrorCode | null {
    if (mostFrequentKey(document) > this.#limits.maxSameKey) return "READ_TOO_MANY_FIELDS";
    const { depth, nesting, fields } = extentOf(document);
    if (depth > this.#limits.maxDepth || nesting > this.#limits.maxNesting) return "READ_TOO_DEEP";
    return fields > this.#limits.maxFields ? "READ_TOO_MANY_FIELDS" : null;
  }
}

function isDocument(parsed: DocumentNode | ErrorCode | undefined): parsed is DocumentNode {
  return typeof parsed === "object";
}

interface Extent {
  depth: number;
  nesting: number;
  fields: number;
}

const NOTHING: Extent = Object.freeze({ depth: 0, nesting: 0, fields: 0 });

/** The largest operation's extent. A fragment is measured once, so that fragments within fragments cost nothing. */
function extentOf(document: DocumentNode): Extent {
  const fragments = fragmentsIn(document);
  const measured = new Map<string, Extent>();
  const measure = (set: SelectionSetNode): Extent => {
    let depth = 0;
    let nesting = 0;
    let fields = 0;
    for (const selection of set.selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? measureFragment(selection.name.value)
          : selection.selectionSet === undefined
            ? NOTHING
            : measure(selection.selectionSet);
      const own = selection.kind === Kind.FIELD ? 1 : 0;
      depth = Math.max(depth, inner.depth + own);
      nesting = Math.max(nesting, inner.nesting + 1);
      fields = Math.min(Number.MAX_SAFE_INTEGER, fields + inner.fields + own);
    }
    return { depth, nesting, fields };
  };
  const measureFragment = (name: string): Extent => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    // A cycle ends here; validation refuses it.
    measured.set(name, NOTHING);
    const extent = fragment === undefined ? NOTHING : measure(fragment.selectionSet);
    measured.set(name, extent);
    return extent;
  };
  const extents = document.definitions.map((definition) =>
    "selectionSet" in definition ? measure(definition.selectionSet) : NOTHING,
  );
  return {
    depth: Math.max(0, ...extents.map(({ depth }) => depth)),
    nesting: Math.max(0, ...extents.map(({ nesting }) => nesting)),
    fields: Math.max(0, ...extents.map(({ fields }) => fields)),
  };
}

function mostFrequentKey(document: DocumentNode): number {
  const counts = new Map<string, number>();
  let most = 0;
  const count = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const next = (counts.get(key) ?? 0) + 1;
        counts.set(key, next);
        most = Math.max(most, next);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined)
        count(selection.selectionSet);
    }
  };
  for (const definition of document.definitions)
    if ("selectionSet" in definition) count(definition.selectionSet);
  return most;
}
