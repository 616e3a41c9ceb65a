import { DATA_CLASSES, type DataClass } from "@truc/contracts";
import {
  getNamedType,
  isInterfaceType,
  visit,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import type { AccessTable } from "./access-table.ts";
import { fieldOf, type RequiringField } from "./required-fields.ts";
import { both, implies, OPEN, type Rule } from "./rule.ts";
import { SupergraphRefused } from "./supergraph-refused.ts";

/**
 * Refuses a supergraph in which a field that `@requires` others demands less than what it reads: whoever may see it
 * would learn what she may not. Checking every such field against its direct reads covers chains, because each link
 * of a chain is itself checked.
 */
export function refuseLeakingRequires(
  requiring: readonly RequiringField[],
  schema: GraphQLSchema,
  access: AccessTable,
): void {
  for (const { type, field, reads } of requiring) {
    const own = guardOf(`${type}.${field}`, schema, access);
    const leak = reads.find((coordinate) => !implies(own, guardOf(coordinate, schema, access)));
    if (leak === undefined) continue;
    throw new SupergraphRefused(
      `${type}.${field} requires ${leak}, but demands less than it: add the missing scopes to ${type}.${field}.`,
    );
  }
  const { searches } = access;
  for (const { type, field, reads } of requiring) {
    if (searches.has(`${type}.${field}`)) continue;
    const search = reads.find((coordinate) => searches.has(coordinate));
    if (search === undefined) continue;
    throw new SupergraphRefused(
      `${type}.${field} requires ${search}, which is a search: add @search to ${type}.${field}.`,
    );
  }
}

/** A coordinate's own rule together with those of the types around it. */
function guardOf(coordinate: string, schema: GraphQLSchema, access: AccessTable): Rule {
  const [type = "", name = ""] = coordinate.split(".");
  const field = fieldOf(coordinate, schema);
  const returned =
    field === undefined ? undefined : access.types.get(getNamedType(field.type).name);
  const parent = schema.getType(type);
  const owners = isInterfaceType(parent)
    ? schema.getPossibleTypes(parent).map((each) => each.name)
    : [type];
  return owners
    .map((owner) =>
      both(access.fields.get(`${owner}.${name}`) ?? OPEN, access.types.get(owner) ?? OPEN),
    )
    .reduce(both, returned ?? OPEN);
}

/**
 * Refuses to replace a supergraph by one in which a coordinate that both have has lost part of its guard. A running
 * router only ever takes stricter or equal rules; loosening one is a decision, taken by restarting the router.
 */
export function refuseLoosening(
  before: AccessTable,
  after: AccessTable,
  schema: GraphQLSchema,
): void {
  for (const [kind, rules, next] of [
    ["type", before.types, after.types],
    ["field", before.fields, after.fields],
  ] as const) {
    for (const [coordinate, rule] of rules) {
      if (!exists(coordinate, schema)) continue;
      const now = next.get(coordinate);
      if (now !== undefined && implies(now, rule)) continue;
      throw new SupergraphRefused(
        `The new supergraph guards the ${kind} ${coordinate} less than the present one: restart the router if that is meant.`,
      );
    }
  }
  for (const coordinate of before.searches) {
    if (after.searches.has(coordinate) || !exists(coordinate, schema)) continue;
    throw new SupergraphRefused(
      `The new supergraph no longer calls ${coordinate} a search: restart the router if that is meant.`,
    );
  }
  refuseLesserClasses(before, after, schema);
}

/**
 * Refuses guarded supergraphs whose fields take arguments from their context: such a field reads what its caller never
 * selected, and what it reads is not held against the table here.
 */
export function refuseGuardedContexts(
  document: DocumentNode,
  { types, fields }: AccessTable,
): void {
  if (types.size + fields.size === 0) return;
  visit(document, {
    FieldDefinition({ name, directives = [] }) {
      for (const directive of directives) {
        if (directive.name.value !== "join__field") continue;
        if (directive.arguments?.some((argument) => argument.name.value === "contextArguments")) {
          throw new SupergraphRefused(
            `The field ${name.value} takes arguments from its context, which is not served together with access rules.`,
          );
        }
      }
    },
  });
}

const ORDER: readonly (DataClass | undefined)[] = [undefined, ...DATA_CLASSES];

/** A field must not lose its data class or get a lower one, nor a type its data subjects: records are made by them. */
function refuseLesserClasses(before: AccessTable, after: AccessTable, schema: GraphQLSchema): void {
  for (const [coordinate, dataClass] of before.classes) {
    if (!exists(coordinate, schema)) continue;
    if (ORDER.indexOf(after.classes.get(coordinate)) >= ORDER.indexOf(dataClass)) continue;
    throw new SupergraphRefused(
      `The new supergraph gives ${coordinate} a lower data class than the present one: restart the router if that is meant.`,
    );
  }
  for (const [type, paths] of before.subjects) {
    if (!exists(type, schema) || paths.every((path) => after.subjects.get(type)?.includes(path)))
      continue;
    throw new SupergraphRefused(
      `The new supergraph no longer names whose data ${type} holds: restart the router if that is meant.`,
    );
  }
}

function exists(coordinate: string, schema: GraphQLSchema): boolean {
  return coordinate.includes(".")
    ? fieldOf(coordinate, schema) !== undefined
    : schema.getType(coordinate) !== undefined;
}
