import { Kind, type ConstDirectiveNode, type DocumentNode } from "graphql";
import { argumentText } from "./argument-text.ts";
import { namesIn } from "./required-fields.ts";

/** Which subgraphs have a type, which of them take its keys, and which give each of its fields. */
interface TypeProviders {
  readonly subgraphs: readonly string[];
  /** Top-level fields of the keys that a subgraph finds entities by. */
  readonly keys: readonly { readonly subgraph: string; readonly fields: readonly string[] }[];
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** By the name of an object or interface type. */
export type Providers = ReadonlyMap<string, TypeProviders>;

/** Reads out of a supergraph which subgraph gives what. */
export function providers(document: DocumentNode): Providers {
  const types = new Map<string, TypeProviders>();
  for (const definition of document.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    const joined = (definition.directives ?? []).filter(({ name }) => name.value === "join__type");
    const subgraphs = [...new Set(joined.flatMap((each) => argumentText(each, "graph") ?? []))];
    const keys = joined.flatMap((each) => {
      const subgraph = argumentText(each, "graph");
      const key = argumentText(each, "key");
      if (
        subgraph === undefined ||
        key === undefined ||
        argumentText(each, "resolvable") === "false"
      )
        return [];
      return [{ subgraph, fields: namesIn(key) }];
    });
    const fields = new Map(
      (definition.fields ?? []).map(({ name, directives = [] }) => [
        name.value,
        givers(directives) ?? subgraphs,
      ]),
    );
    types.set(definition.name.value, { subgraphs, keys, fields });
  }
  return types;
}

/**
 * Whether a field can be had of every object of its type, whichever subgraph named that: because this one gives it, or
 * because it gives a key that one which has the field takes.
 */
export function isGivenEverywhere(coordinate: string, known: Providers): boolean {
  const [type = "", field = ""] = coordinate.split(".");
  const given = known.get(type);
  if (given === undefined) return false;
  const from = (name: string): readonly string[] => given.fields.get(name) ?? [];
  return given.subgraphs.every(
    (subgraph) =>
      from(field).includes(subgraph) ||
      given.keys.some(
        (key) =>
          from(field).includes(key.subgraph) &&
          key.fields.every((name) => from(name).includes(subgraph)),
      ),
  );
}

/** The subgraphs that resolve a field themselves; undefined where all that have its type do. */
function givers(directives: readonly ConstDirectiveNode[]): string[] | undefined {
  const joined = directives.filter(({ name }) => name.value === "join__field");
  if (joined.length === 0) return undefined;
  return joined.flatMap((each) =>
    argumentText(each, "external") === "true" ? [] : (argumentText(each, "graph") ?? []),
  );
}
