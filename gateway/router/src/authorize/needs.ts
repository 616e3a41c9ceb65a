import type { DataClass } from "@truc/contracts";
import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type GraphQLNamedType,
} from "graphql";
import type { Operation } from "../read.ts";
import { both, OPEN, type Rule } from "../supergraph/rule.ts";
import type { AccessTable } from "../supergraph/access-table.ts";

/** One coordinate an operation reads, with all that guards it there. */
export interface Need {
  readonly coordinate: string;
  readonly rule: Rule;
  readonly dataClass: DataClass | undefined;
}

/**
 * Everything the operation may read, whatever its variables say: a condition can be turned by whoever sends it.
 * Only fragments the operation uses count, and each is judged by its own type condition.
 */
export function needsOf({ document, definition, supergraph }: Operation): Need[] {
  const needs = new Map<string, Need>();
  const used = usedFragments(document, definition);
  const types = new TypeInfo(supergraph.api);
  const { access, api } = supergraph;
  for (const root of [definition, ...used]) {
    visit(
      root,
      visitWithTypeInfo(types, {
        Field(node) {
          const parent = types.getParentType();
          const type = types.getType();
          if (parent === null || parent === undefined || type === null || type === undefined)
            return;
          if (node.name.value.startsWith("__")) {
            add(needs, `${parent.name}.${node.name.value}`, typeRule(access, parent), undefined);
            return;
          }
          const returned = getNamedType(type);
          const owners = isInterfaceType(parent) ? api.getPossibleTypes(parent) : [parent];
          for (const owner of owners) {
            const coordinate = `${owner.name}.${node.name.value}`;
            const rule = [
              fieldRule(access, coordinate),
              typeRule(access, owner),
              ...returnedRules(access, api, node, returned),
            ];
            add(needs, coordinate, rule.reduce(both), access.classes.get(coordinate));
          }
        },
      }),
    );
  }
  return [...needs.values()];
}

function add(
  needs: Map<string, Need>,
  coordinate: string,
  rule: Rule,
  dataClass: DataClass | undefined,
): void {
  const known = needs.get(coordinate);
  needs.set(coordinate, {
    coordinate,
    dataClass,
    rule: known === undefined ? rule : both(known.rule, rule),
  });
}

function fieldRule(access: AccessTable, coordinate: string): Rule {
  return access.fields.get(coordinate) ?? OPEN;
}

function typeRule(access: AccessTable, type: GraphQLNamedType): Rule {
  return access.types.get(type.name) ?? OPEN;
}

/** The rule of the type a field gives; for an interface of which plain fields are read, of every implementer's. */
function returnedRules(
  access: AccessTable,
  api: Operation["supergraph"]["api"],
  node: {
    selectionSet?:
      | { selections: readonly { kind: string; name?: { value: string } }[] }
      | undefined;
  },
  returned: GraphQLNamedType,
): Rule[] {
  if (isInterfaceType(returned)) {
    const readsPlain = node.selectionSet?.selections.some(
      ({ kind, name }) => kind === "Field" && name?.value !== "__typename",
    );
    return readsPlain === true
      ? api.getPossibleTypes(returned).map((type) => typeRule(access, type))
      : [];
  }
  // A union gives nothing but through fragments, which are judged by themselves.
  return isUnionType(returned) || !(isObjectType(returned) || access.types.has(returned.name))
    ? []
    : [typeRule(access, returned)];
}

function usedFragments(document: Operation["document"], operation: Operation["definition"]) {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === "FragmentDefinition"
        ? [[definition.name.value, definition] as const]
        : [],
    ),
  );
  const used = new Map<string, NonNullable<ReturnType<typeof fragments.get>>>();
  const follow = (root: Parameters<typeof visit>[0]): void => {
    visit(root, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(name.value)) return;
        used.set(name.value, fragment);
        follow(fragment);
      },
    });
  };
  follow(operation);
  return [...used.values()];
}
