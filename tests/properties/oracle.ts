import {
  buildSchema,
  execute,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { Owners } from "./owners.ts";
import type { Thing, World } from "./random-data.ts";
import {
  monolithSchema,
  passes,
  type Guard,
  type Model,
  type ModelObject,
} from "./random-federation.ts";

/** What the rules make of an operation, by somebody who never heard of filtering. */
export interface Judged {
  readonly data: ExecutionResult["data"];
  /** Paths without indices (joined by a dot) that hold a refused field, whatever the data. */
  readonly refused: ReadonlySet<string>;
  /** Those of them that the execution came by. */
  readonly met: ReadonlySet<string>;
  /** Whether anything but refused fields was asked for. */
  readonly anythingLeft: boolean;
  /** Whose data the objects hold that the execution came by. */
  readonly owners: Owners;
}

type Resolve = (thing: Thing, args: Values, info: GraphQLResolveInfo) => unknown;
type Values = Readonly<Record<string, unknown>>;

/**
 * A plain graphql-js server in which every field checks its own rule when it is resolved. It knows the model, not the
 * supergraph; nothing is planned, and nothing is taken out of the operation.
 */
export class Oracle {
  readonly #model: Model;
  readonly #schema: GraphQLSchema;
  readonly #nullable: GraphQLSchema;

  constructor(model: Model, schema: GraphQLSchema) {
    this.#model = model;
    this.#schema = schema;
    this.#nullable = buildSchema(monolithSchema(model).replaceAll("!", ""));
  }

  async judge(
    document: DocumentNode,
    variables: Values,
    scopes: ReadonlySet<string>,
    world: World,
  ): Promise<Judged> {
    const spelledOut = spellOut(document);
    const walk = new Walk(this.#model, this.#schema, scopes, variables);
    const operation = operationOf(spelledOut);
    walk.selections(operation.selectionSet, this.#schema.getQueryType()!, ["Query"], [], undefined);
    const met = new Set<string>();
    const owners = new Owners(this.#model, world);
    const kept = (node: FieldNode): boolean => !walk.denied.has(node);
    const resolve: Resolve = (thing, args, info) => {
      if (!info.fieldNodes.some(kept)) return null;
      const object = this.#model.objects.get(info.parentType.name)!;
      const field = object.fields.find(({ name }) => name === info.fieldName)!;
      const value = world.valueOf(thing, field, (args["n"] ?? null) as number | null);
      return this.#without(value, scopes);
    };
    const { data } = await this.#run(this.#schema, spelledOut, variables, (thing, args, info) => {
      for (const node of info.fieldNodes) {
        const path = walk.denied.get(node);
        if (path !== undefined) met.add(path);
      }
      return resolve(thing, args, info);
    });
    // A null that bubbles ends an execution before it has come by everything; nothing does where everything is nullable.
    await this.#run(this.#nullable, spelledOut, variables, (thing, args, info) => {
      const value = resolve(thing, args, info);
      owners.meet(value, thing);
      return value;
    });
    return {
      data: data ?? null,
      refused: new Set(walk.paths),
      met,
      anythingLeft: walk.kept > 0,
      owners,
    };
  }

  async #run(schema: GraphQLSchema, document: DocumentNode, variables: Values, resolve: Resolve) {
    return await execute({
      schema,
      document,
      variableValues: variables,
      rootValue: { __typename: "Query", id: "" } satisfies Thing,
      typeResolver: (thing: Thing) => thing.__typename,
      fieldResolver: (thing: Thing, args: Values, _context, info) => resolve(thing, args, info),
    });
  }

  /** Objects of a type the caller may not see are not there. */
  #without(value: unknown, scopes: ReadonlySet<string>): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#without(item, scopes));
    if (typeof value !== "object" || value === null) return value;
    const { guard } = this.#model.objects.get((value as Thing).__typename)!;
    return passes(scopes, guard) ? value : null;
  }
}

/** Goes over an operation as text and schema have it, without data. */
class Walk {
  /** Refused nodes, with the path of the refusal that took them: their own, or of what stands around them. */
  readonly denied = new Map<FieldNode, string>();
  readonly paths = new Set<string>();
  /** Leaves that are not refused. */
  kept = 0;
  readonly #model: Model;
  readonly #schema: GraphQLSchema;
  readonly #scopes: ReadonlySet<string>;
  readonly #variables: Values;

  constructor(model: Model, schema: GraphQLSchema, scopes: ReadonlySet<string>, variables: Values) {
    this.#model = model;
    this.#schema = schema;
    this.#scopes = scopes;
    this.#variables = variables;
  }

  /**
   * @param possible the object types that may stand here: a fragment on another one says nothing
   * @param around the path of the refusal that these selections stand in
   */
  selections(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType,
    possible: readonly string[],
    path: readonly string[],
    around: string | undefined,
    /** False for what its condition leaves out: it is neither refused nor answered, but it was asked for. */
    included = true,
    /** In a fragment on an object type that is refused, everything is. */
    closed = false,
  ): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error("spreads are spelled out");
      const here = included && this.#isIncluded(selection);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const on = selection.typeCondition?.name.value;
        const inner = on === undefined ? type : this.#schema.getType(on)!;
        const left = this.#typesOf(inner).filter((name) => possible.includes(name));
        if (left.length === 0) continue;
        const shut = closed || (isObjectType(inner) && !this.#mayBe(inner.name));
        this.selections(selection.selectionSet, inner, left, path, around, here, shut);
      } else this.#field(selection, type, path, around, here, closed);
    }
  }

  #field(
    node: FieldNode,
    parent: GraphQLNamedType,
    path: readonly string[],
    around: string | undefined,
    included: boolean,
    closed: boolean,
  ): void {
    const here = [...path, node.alias?.value ?? node.name.value];
    const refused = around !== undefined || closed || !this.#may(node, parent);
    const reason = around ?? (refused ? here.join(".") : undefined);
    if (reason !== undefined && included) {
      this.denied.set(node, reason);
      if (around === undefined) this.paths.add(reason);
    }
    if (node.selectionSet === undefined) {
      if (reason === undefined) this.kept += 1;
      return;
    }
    if (!(isObjectType(parent) || isInterfaceType(parent))) throw new Error("fields of no object");
    const returned = getNamedType(parent.getFields()[node.name.value]!.type);
    this.selections(node.selectionSet, returned, this.#typesOf(returned), here, reason, included);
  }

  #may(node: FieldNode, parent: GraphQLNamedType): boolean {
    const name = node.name.value;
    if (name === "__typename") return !isObjectType(parent) || this.#mayBe(parent.name);
    if (!(isObjectType(parent) || isInterfaceType(parent))) return true;
    for (const owner of this.#ownersOf(parent)) {
      const field = owner.fields.find((each) => each.name === name)!;
      if (!this.#passes(owner.guard) || !this.#passes(field.guard)) return false;
    }
    const returned = getNamedType(parent.getFields()[name]!.type);
    if (isObjectType(returned)) return this.#mayBe(returned.name);
    if (!isInterfaceType(returned) || !this.#readsPlain(node.selectionSet!)) return true;
    return this.#ownersOf(returned).every(({ guard }) => this.#passes(guard));
  }

  /** Whether the caller may see objects of this type at all. */
  #mayBe(name: string): boolean {
    return this.#passes(this.#model.objects.get(name)!.guard);
  }

  #ownersOf(type: GraphQLNamedType): ModelObject[] {
    return this.#typesOf(type).map((name) => this.#model.objects.get(name)!);
  }

  #typesOf(type: GraphQLNamedType): string[] {
    const types = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type];
    return types.map(({ name }) => name);
  }

  /** Whether fields of an interface itself are read, not of one of its implementers. */
  #readsPlain({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value !== "__typename";
      if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error("spreads are spelled out");
      const on = selection.typeCondition?.name.value;
      const single = on !== undefined && !isInterfaceType(this.#schema.getType(on));
      return !single && this.#readsPlain(selection.selectionSet);
    });
  }

  #passes(guard: Guard): boolean {
    return passes(this.#scopes, guard);
  }

  #isIncluded(node: SelectionNode): boolean {
    const skip = getDirectiveValues(GraphQLSkipDirective, node, this.#variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, this.#variables);
    return skip?.["if"] !== true && include?.["if"] !== false;
  }
}

/** The operation with an inline fragment for every spread, so that each node stands in one place only. */
function spellOut(document: DocumentNode): DocumentNode {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION
        ? [[definition.name.value, definition] as const]
        : [],
    ),
  );
  const operation = operationOf(document);
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet: spelledOut(operation.selectionSet, fragments) }],
  };
}

function spelledOut(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const { typeCondition, selectionSet } = fragments.get(selection.name.value)!;
        return {
          kind: Kind.INLINE_FRAGMENT,
          typeCondition,
          directives: selection.directives ?? [],
          selectionSet: spelledOut(selectionSet, fragments),
        };
      }
      return selection.selectionSet === undefined
        ? { ...selection }
        : { ...selection, selectionSet: spelledOut(selection.selectionSet, fragments) };
    }),
  };
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
}
