import { readFileSync } from "node:fs";
import { buildASTSchema, Kind, parse, print, visit } from "graphql";

/** Which register an entity comes from; the others extend it (Federation 1 knows no equals). */
const ORIGIN = {
  Citizen: "population",
  AdministrativeUnit: "population",
  Household: "population",
  LandParcel: "land",
  Company: "business",
};
const FEDERATION_1 = new Set(["key", "external", "requires", "provides"]);

/** The registers' own schemas, by name. @param folders `{population: "/…/subgraphs/population"}` */
export function readSchemas(folders) {
  return Object.fromEntries(
    Object.entries(folders).map(([name, folder]) => [
      name,
      parse(readFileSync(`${folder}/schema.graphql`, "utf8"), { noLocation: true }),
    ]),
  );
}

/** The schema as a server executes it: `_entities` for what has a key, no directives. */
export function executable(document) {
  const keyed = document.definitions
    .filter(({ kind, directives }) => kind === Kind.OBJECT_TYPE_DEFINITION && isKeyed(directives))
    .map(({ name }) => name.value);
  const bare = visit(document, {
    SchemaExtension: () => null,
    Directive: () => null,
    DirectiveDefinition: () => null,
  });
  const plumbing = parse(
    `scalar _Any union _Entity = ${keyed.join(" | ")} type _Service { sdl: String }
     extend type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }`,
    { noLocation: true },
  );
  const extension = plumbing.definitions.find(({ kind }) => kind === Kind.OBJECT_TYPE_EXTENSION);
  const merged = bare.definitions.map((definition) =>
    definition.name?.value === "Query"
      ? { ...definition, fields: [...definition.fields, ...extension.fields] }
      : definition,
  );
  const added = plumbing.definitions.filter((definition) => definition !== extension);
  return buildASTSchema(
    { kind: Kind.DOCUMENT, definitions: [...merged, ...added] },
    { assumeValid: true },
  );
}

/** The schema as Federation 1 has it, for Mercurius. */
export function federation1(name, document) {
  const definitions = document.definitions.flatMap((definition) => {
    if (definition.kind === Kind.SCHEMA_EXTENSION || definition.kind === Kind.DIRECTIVE_DEFINITION)
      return [];
    if (definition.name.value === "DataClass") return [];
    const plain = withoutDirectives(definition);
    if (definition.name.value === "Query") return [extension(plain)];
    const isExtension =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION &&
      isKeyed(definition.directives) &&
      (ORIGIN[definition.name.value] ?? name) !== name;
    return [isExtension ? extension(withExternalKeys(plain)) : plain];
  });
  return print({ kind: Kind.DOCUMENT, definitions });
}

const isKeyed = (directives = []) => directives.some(({ name }) => name.value === "key");
const extension = (definition) => ({
  ...definition,
  description: undefined,
  kind: Kind.OBJECT_TYPE_EXTENSION,
});

function withoutDirectives(definition) {
  return visit(definition, {
    Directive(node) {
      if (!FEDERATION_1.has(node.name.value)) return null;
      return { ...node, arguments: node.arguments.filter(({ name }) => name.value === "fields") };
    },
  });
}

function withExternalKeys(definition) {
  const keys = new Set(
    definition.directives
      .filter(({ name }) => name.value === "key")
      .flatMap((key) => key.arguments[0].value.value.split(" ")),
  );
  return {
    ...definition,
    fields: definition.fields.map((field) =>
      keys.has(field.name.value) && !field.directives.some(({ name }) => name.value === "external")
        ? {
            ...field,
            directives: [
              ...field.directives,
              { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: "external" } },
            ],
          }
        : field,
    ),
  };
}
