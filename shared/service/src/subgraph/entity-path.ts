import {
  getNamedType,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
} from "graphql";

type Path = GraphQLResolveInfo["path"];

/** The types of a schema that are entities, read once at the start. */
export interface EntityTypes {
  /** Whether objects of a type are entities; of an abstract type: whether any can be. */
  has(typeName: string): boolean;
}

/** Reads @key off a schema; a key that is not resolvable here makes an entity all the same. */
export function entityTypes(schema: GraphQLSchema): EntityTypes {
  const types = Object.values(schema.getTypeMap());
  const keyed = new Set(types.filter(hasKey).map(({ name }) => name));
  for (const type of types) {
    if (isAbstractType(type) && schema.getPossibleTypes(type).some(({ name }) => keyed.has(name)))
      keyed.add(type.name);
  }
  return keyed;
}

function hasKey(type: GraphQLNamedType): boolean {
  if (!isObjectType(type) && !isInterfaceType(type)) return false;
  return [type.astNode, ...type.extensionASTNodes].some((node) =>
    node?.directives?.some(({ name }) => name.value === "key"),
  );
}

/**
 * How many entities stand on the way from the root to what a field gives, the entity it gives included. Each step of the
 * path names the concrete type of the object that holds its field; list positions name none.
 */
export function entitiesOnPath(
  entities: EntityTypes,
  { path, returnType }: Pick<GraphQLResolveInfo, "path" | "returnType">,
): number {
  let count = entities.has(getNamedType(returnType).name) ? 1 : 0;
  for (let step: Path | undefined = path; step !== undefined; step = step.prev) {
    if (step.typename !== undefined && entities.has(step.typename)) count++;
  }
  return count;
}

/** The first step of a path, that of the operation's root field. */
export function rootOf(path: Path): Path {
  let step = path;
  while (step.prev !== undefined) step = step.prev;
  return step;
}
