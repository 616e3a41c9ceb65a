import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DATA_CLASSES } from "@truc/contracts";
import {
  buildClientSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { readFederation } from "../../infra/src/federation.ts";
import type { Caller, Platform } from "../harness/platform.ts";

type DataClass = (typeof DATA_CLASSES)[number];

/** The schema as a caller of the platform sees it. */
export async function publishedSchema(platform: Platform, caller: Caller): Promise<GraphQLSchema> {
  const { body } = await platform.ask(caller, getIntrospectionQuery());
  return buildClientSchema(body.data as unknown as IntrospectionQuery);
}

/** The data class of each coordinate, as the registers' own schemas state it; plumbing has none. */
export function statedClasses(): Map<string, DataClass> {
  const classes = new Map<string, DataClass>();
  for (const { folder } of readFederation()) {
    const { definitions } = parse(readFileSync(join(folder, "schema.graphql"), "utf8"));
    for (const definition of definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const { name, directives } of definition.fields ?? []) {
        const value = directives?.find((each) => each.name.value === "data")?.arguments?.[0]?.value;
        if (value?.kind === Kind.ENUM)
          classes.set(`${definition.name.value}.${name.value}`, value.value as DataClass);
      }
    }
  }
  return classes;
}

/** What an audit record must say that a query read: the coordinates it selects, by data class, sorted. */
export function readCoordinates(
  query: string,
  schema: GraphQLSchema,
  classes: ReadonlyMap<string, DataClass>,
): Record<DataClass, string[]> {
  const found = {
    PUBLIC: new Set<string>(),
    BASIC: new Set<string>(),
    SENSITIVE: new Set<string>(),
  };
  const types = new TypeInfo(schema);
  visit(
    parse(query),
    visitWithTypeInfo(types, {
      Field({ name }) {
        const coordinate = `${types.getParentType()!.name}.${name.value}`;
        const dataClass = classes.get(coordinate);
        if (dataClass !== undefined) found[dataClass].add(coordinate);
      },
    }),
  );
  return {
    PUBLIC: [...found.PUBLIC].toSorted(),
    BASIC: [...found.BASIC].toSorted(),
    SENSITIVE: [...found.SENSITIVE].toSorted(),
  };
}
