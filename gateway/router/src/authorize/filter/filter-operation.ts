import { DATA_CLASSES, type DataClass } from "@truc/contracts";
import { Kind, visit, type DocumentNode, type FieldNode, type SelectionSetNode } from "graphql";
import type { AccessTable } from "../../supergraph/access-table.ts";
import { satisfies } from "../../supergraph/rule.ts";
import {
  guardsOf,
  type DocumentOperation,
  type GuardedSchema,
  type OperationGuards,
} from "./field-guards.ts";
import { removedPaths, type RemovedPath } from "./removed-paths.ts";
import { takeOut, type Left } from "./take-out.ts";

/** An operation as one set of scopes leaves it, whatever its variables are. */
export interface FilteredOperation {
  /** What may be planned; the document that was given where nothing had to change. */
  readonly document: DocumentNode;
  /** Whether any leaf the caller asked for is left of it. */
  readonly gives: boolean;
  /**
   * What the answer is shaped by: everything that was asked. Refused fields stand in it without what was selected of
   * them, so that a sibling of the same response key that is kept gives its own content only.
   */
  readonly asked: DocumentNode;
  /** The field nodes of `asked` that come back as null. */
  readonly refused: ReadonlySet<FieldNode>;
  /** Every path something was taken out at. */
  readonly removed: readonly RemovedPath[];
  /** Coordinates that are read, by data class. */
  readonly fields: Readonly<Record<DataClass, readonly string[]>>;
  /** Object types that must not show where an interface or union gives one. */
  readonly hidden: ReadonlySet<string>;
}

/**
 * Takes out of an operation what a set of scopes does not open. Nothing but its arguments decides, and conditions by
 * variable open nothing: who sends the variables can turn them.
 * @param operation one that is valid under the schema
 */
export function filterOperation(
  operation: DocumentOperation,
  schema: GuardedSchema,
  scopes: ReadonlySet<string>,
): FilteredOperation {
  const guards = guardsOf(operation, schema);
  const nodes = new Set<FieldNode>();
  for (const [node, { rules }] of guards.fields)
    if (!rules.every((rule) => satisfies(scopes, rule))) nodes.add(node);
  const hidden = hiddenTypes(schema.access, scopes);
  const verdict = { guards, refused: nodes, hidden };
  const left = takeOut(operation, verdict, schema);
  const fields = fieldsRead(left, guards, schema.access);
  const { document, gives } = left;
  if (document === operation.document)
    return { document, gives, asked: document, refused: NONE, removed: [], fields, hidden };
  const removed = removedPaths(operation, verdict, schema);
  return { document, gives, removed, fields, hidden, ...emptied(operation.document, nodes) };
}

const NONE: ReadonlySet<FieldNode> = new Set();

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

/** A selection set that is valid of every composite type and gives nothing. */
const NOTHING: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [
    {
      kind: Kind.FIELD,
      name: { kind: Kind.NAME, value: "__typename" },
      directives: [
        {
          kind: Kind.DIRECTIVE,
          name: { kind: Kind.NAME, value: "skip" },
          arguments: [
            {
              kind: Kind.ARGUMENT,
              name: { kind: Kind.NAME, value: "if" },
              value: { kind: Kind.BOOLEAN, value: true },
            },
          ],
        },
      ],
    },
  ],
};

/** The document with refused fields emptied, and these fields as they stand in it. */
function emptied(
  document: DocumentNode,
  nodes: ReadonlySet<FieldNode>,
): { asked: DocumentNode; refused: ReadonlySet<FieldNode> } {
  const refused = new Set<FieldNode>();
  const asked = visit(document, {
    Field(node) {
      if (!nodes.has(node)) return undefined;
      const stands = node.selectionSet === undefined ? node : { ...node, selectionSet: NOTHING };
      refused.add(stands);
      return stands === node ? undefined : stands;
    },
  });
  return { asked, refused };
}
