import { type DocumentNode, Kind, type ObjectTypeDefinitionNode } from "graphql";
import { describe, expect, it } from "vitest";
import { registers } from "./registers.ts";
import {
  argument,
  directives,
  entityKeys,
  fieldPlaces,
  isPlumbing,
  namedType,
  objectTypes,
  parsed,
} from "./schema-reading.ts";

/**
 * Root fields that tell a caller without any scope that somebody is on record: whether there is an answer, how long a
 * page is, whether another follows.
 */
function openRoots(document: DocumentNode): string[] {
  const types = new Map(objectTypes(document).map((type) => [type.name.value, type]));
  const keys = entityKeys(document);

  const fieldsOf = (type: ObjectTypeDefinitionNode | undefined) => type?.fields ?? [];
  const isGuarded = (node: ObjectTypeDefinitionNode | undefined) =>
    node !== undefined && directives(node, "requiresScopes").length > 0;

  /** What a root gives, and below a connection or an edge what those carry. */
  function carried(name: string): ObjectTypeDefinitionNode[] {
    const type = types.get(name);
    if (type === undefined) return [];
    if (!isPlumbing(name)) return [type];
    return fieldsOf(type).flatMap((field) => {
      const inner = namedType(field.type).name.value;
      return inner === "PageInfo" ? [] : carried(inner);
    });
  }

  /** An entity whose key is PUBLIC has a public profile, and that it exists is part of it. */
  function isPublic(type: ObjectTypeDefinitionNode): boolean {
    const key = keys.get(type.name.value)?.flatMap(({ fields }) => fields) ?? [];
    const classes = fieldsOf(type)
      .filter((field) => key.length === 0 || key.includes(field.name.value))
      .map((field) => argument(directives(field, "data")[0], "class"));
    return classes.length > 0 && classes.every((dataClass) => dataClass === "PUBLIC");
  }

  return fieldPlaces(document)
    .filter(({ type }) => type.name.value === "Query")
    .filter(({ field }) => {
      const name = namedType(field.type).name.value;
      const given = carried(name);
      return (
        directives(field, "requiresScopes").length === 0 &&
        !isGuarded(types.get(name)) &&
        !given.every((type) => isGuarded(type) || isPublic(type))
      );
    })
    .map(({ coordinate }) => coordinate);
}

describe.each(registers)("the schema of $name", ({ definition }) => {
  const document = parsed(definition.schema);

  it("tells nobody without a scope whether somebody is on record", () => {
    expect(openRoots(document)).toEqual([]);
  });

  it("would be found out without its roots' and types' scopes", () => {
    const bare = {
      ...document,
      definitions: document.definitions.map((node) =>
        node.kind === Kind.OBJECT_TYPE_DEFINITION ? withoutScopes(node) : node,
      ),
    };
    expect(openRoots(bare)).not.toEqual([]);
  });
});

function withoutScopes(type: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode {
  const others = <T extends { directives?: ObjectTypeDefinitionNode["directives"] }>(
    node: T,
  ): T => ({
    ...node,
    directives: node.directives?.filter(({ name }) => name.value !== "requiresScopes"),
  });
  return type.name.value === "Query"
    ? { ...type, fields: (type.fields ?? []).map(others) }
    : others(type);
}
