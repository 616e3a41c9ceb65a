import { DATA_CLASSES, type DataClass } from "@truc/contracts";
import type { DocumentNode, FieldNode } from "graphql";
import type { AccessTable } from "../../supergraph/access-table.ts";
import { satisfies } from "../../supergraph/rule.ts";
import {
  guardsOf,
  type DocumentOperation,
  type GuardedSchema,
  type OperationGuards,
} from "./field-guards.ts";
import { opens, type Held } from "./held.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { spelledOut } from "./spelled-out.ts";
import { takeOut, type Left } from "./take-out.ts";

/** An operation as what a caller holds leaves it, whatever its variables are. */
export interface FilteredOperation {
  /** What may be planned; the document that was given where nothing had to change. */
  readonly document: DocumentNode;
  /** What the answer is shaped by: everything that was asked, refused fields included. */
  readonly asked: DocumentNode;
  /**
   * The field nodes of `asked` that come back as null: what is refused, and all that is selected of it. A field whose
   * selections are partly refused comes back without what only these selected.
   */
  readonly refused: ReadonlySet<FieldNode>;
  /** Every path something was taken out at, and what is left. */
  readonly outcome: Outcome;
  /** Coordinates that are read, by data class. */
  readonly fields: Readonly<Record<DataClass, readonly string[]>>;
  /** Object types that must not show where an interface or union gives one. */
  readonly hidden: ReadonlySet<string>;
}

/**
 * Takes out of an operation what a caller's scopes do not open, and searches where these are closed. Nothing but its arguments decides, and conditions by
 * variable open nothing: who sends the variables can turn them.
 * @param operation one that is valid under the schema
 */
export function filterOperation(
  operation: DocumentOperation,
  schema: GuardedSchema,
  held: Held,
): FilteredOperation {
  const guards = guardsOf(operation, schema);
  const nodes = new Set<FieldNode>();
  for (const [node, guard] of guards.fields) if (!opens(held, guard)) nodes.add(node);
  const hidden = hiddenTypes(schema.access, held.scopes);
  const verdict = { guards, refused: nodes, hidden };
  const left = takeOut(operation, verdict, schema);
  const fields = fieldsRead(left, guards, schema.access);
  const { document } = left;
  if (document === operation.document)
    return { document, asked: document, refused: NONE, outcome: UNCHANGED, fields, hidden };
  const outcome = outcomeOf(operation, verdict, schema);
  return { document, outcome, fields, hidden, ...spelledOut(operation.document, verdict) };
}

const NONE: ReadonlySet<FieldNode> = new Set();
const UNCHANGED: Outcome = { removed: [], gives: true };

/** Named types whose own rule these scopes do not satisfy. */
function hiddenTypes({ types }: AccessTable, scopes: ReadonlySet<string>): Set<string> {
  const hidden = new Set<string>();
  for (const [name, rule] of types) if (!satisfies(scopes, rule)) hidden.add(name);
  return hidden;
}

function fieldsRead(
  { kept }: Left,
  { fields }: OperationGuards,
  { classes }: AccessTable,
): Record<DataClass, string[]> {
  const coordinates = new Set<string>();
  for (const node of kept)
    for (const { coordinate } of fields.get(node)?.reads ?? []) coordinates.add(coordinate);
  const read: Record<DataClass, string[]> = { PUBLIC: [], BASIC: [], SENSITIVE: [] };
  for (const coordinate of coordinates) {
    const dataClass = classes.get(coordinate);
    if (dataClass !== undefined) read[dataClass].push(coordinate);
  }
  for (const dataClass of DATA_CLASSES) read[dataClass].sort();
  return read;
}
