import type { DataClass } from "@truc/contracts";
import { Kind, print, type DocumentNode, type FieldNode } from "graphql";
import { LRUCache } from "lru-cache";
import { OperationCache } from "../operation-cache.ts";
import type { Operation } from "../read.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { filterOperation, type FilteredOperation } from "./filter/filter-operation.ts";
import { isUnconditional, refusalsOf } from "./filter/outcome.ts";
import { heldKey, type Held } from "./filter/held.ts";

/** One place of an operation that was taken out. */
export interface FieldRefusal {
  /** Response keys from the root; no list indices. */
  readonly path: readonly string[];
  /** `Type.field` as it was selected. */
  readonly coordinate: string;
  readonly code: "UNAUTHORIZED_FIELD_OR_TYPE" | "SEARCH_NOT_GRANTED";
  /** Any one of these sets of scopes, beyond what the caller holds, would open it; empty when none does. */
  readonly needs: readonly (readonly string[])[];
}

/** An operation as what one caller holds leaves it. */
export interface Filtered {
  /** What is planned and fetched; undefined when nothing is left. The same object for everybody it is the same for. */
  readonly document: DocumentNode | undefined;
  /** What the answer is shaped by: everything that was asked, refused fields included. */
  readonly asked: DocumentNode;
  /** The field nodes of `asked` that come back as null. */
  readonly refused: ReadonlySet<FieldNode>;
  readonly refusals: readonly FieldRefusal[];
  /** Coordinates to be read, by data class; what is not a register's data has none. */
  readonly fields: Readonly<Record<DataClass, readonly string[]>>;
  /** Object types that come back as null where an interface or union gives one. */
  readonly hidden: ReadonlySet<string>;
}

interface Decision {
  readonly operation: FilteredOperation;
  /** What comes of it where variables decide nothing. */
  readonly always: Filtered | undefined;
}

/** Different holdings remembered for one operation. */
const MAX_DECISIONS = 100;
/** Characters of filtered documents remembered for one supergraph. */
const MAX_DOCUMENTS_LENGTH = 4 * 1024 * 1024;

const decisions = new OperationCache<Map<string, Decision>>();
const documents = new WeakMap<Supergraph, LRUCache<string, DocumentNode>>();

/**
 * The operation as what is held leaves it, decided once for each supergraph, document, operation name and holding.
 */
export function filteredFor(operation: Operation, held: Held): Filtered {
  const { supergraph, document, name, values } = operation;
  const known = decisions.get({ supergraph, document, name }, () => new Map<string, Decision>());
  const key = heldKey(supergraph.access, held);
  let decision = known.get(key);
  if (decision === undefined) {
    decision = decide(operation, held);
    if (known.size >= MAX_DECISIONS) known.clear();
    known.set(key, decision);
  }
  return decision.always ?? filteredBy(decision.operation, held, values);
}

function decide(operation: Operation, held: Held): Decision {
  const filtered = filterOperation(operation, operation.supergraph, held);
  const shared =
    filtered.document === operation.document
      ? filtered
      : { ...filtered, document: sharedDocument(filtered.document, operation.supergraph) };
  return {
    operation: shared,
    always: isUnconditional(shared.outcome) ? filteredBy(shared, held, {}) : undefined,
  };
}

/**
 * What a request with these variables gets: an error for every removed field that would have been in its answer, and
 * no data at all where nothing it asked for is left.
 */
export function filteredBy(
  { document, asked, refused, outcome, fields, hidden }: FilteredOperation,
  held: Held,
  values: Readonly<Record<string, unknown>>,
): Filtered {
  const refusals = refusalsOf(outcome, held, values);
  if (refusals.length === 0 || outcome.gives)
    return { document, asked, refused, refusals, fields, hidden };
  return { document: undefined, asked, refused, refusals, fields: NO_FIELDS, hidden };
}

const NO_FIELDS: Filtered["fields"] = Object.freeze({ PUBLIC: [], BASIC: [], SENSITIVE: [] });

/** The one object that stands for this document, so that callers whom it is the same for share its plan. */
function sharedDocument(document: DocumentNode, supergraph: Supergraph): DocumentNode {
  let known = documents.get(supergraph);
  if (known === undefined) {
    known = new LRUCache({
      maxSize: MAX_DOCUMENTS_LENGTH,
      sizeCalculation: (_document, key) => key.length,
    });
    documents.set(supergraph, known);
  }
  const text = print({ kind: Kind.DOCUMENT, definitions: document.definitions });
  const shared = known.get(text);
  if (shared !== undefined) return shared;
  known.set(text, document);
  return document;
}
