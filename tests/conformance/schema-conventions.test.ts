import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ACCESS_DEFINITIONS, SCHEMA_LINKS } from "@truc/contracts";
import {
  type FieldDefinitionNode,
  Kind,
  type NameNode,
  type ObjectTypeDefinitionNode,
  print,
  type StringValueNode,
  visit,
} from "graphql";
import { describe, expect, it } from "vitest";
import { compose } from "../../infra/src/compose/compose-subgraphs.ts";
import { readFederation } from "../../infra/src/federation.ts";
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

// Those that the platform itself serves among them: what stands in the supergraph keeps the same rules.
const documents = readFederation().map(({ name, url, folder }) => {
  const text = readFileSync(join(folder, "schema.graphql"), "utf8");
  return { name, url, text, document: parsed(text) };
});
/** How the formatter and the contracts may differ is white space alone, inside brackets too. */
const dense = (text: string) => text.replace(/[\s,]+/g, "");

it("compose into one supergraph, without a problem", () => {
  const supergraph = compose(documents.map(({ name, url, text }) => ({ name, url, schema: text })));
  for (const { name } of documents) expect(supergraph).toContain(`@join__graph(name: "${name}"`);
});

it("guard and class every key field alike", () => {
  const rules = new Map<string, Map<string, string>>();
  for (const { name, document } of documents) {
    const keys = entityKeys(document);
    for (const { coordinate, type, field } of fieldPlaces(document)) {
      if (!keys.get(type.name.value)?.some(({ fields }) => fields.includes(field.name.value)))
        continue;
      const rule = (field.directives ?? []).map(print).toSorted().join(" ");
      rules.set(
        coordinate,
        (rules.get(coordinate) ?? new Map<string, string>()).set(
          name,
          `${print(field.type)} ${rule}`,
        ),
      );
    }
  }
  const different = [...rules].filter(([, byName]) => new Set(byName.values()).size > 1);
  expect(different.map(([coordinate, byName]) => [coordinate, Object.fromEntries(byName)])).toEqual(
    [],
  );
});

// The frame and the gateway refuse by the directive alone, so a search without it would be open to look-ups only.
it("mark as a search every root that selects by conditions, and no other", () => {
  const roots = documents.flatMap(({ document }) =>
    fieldPlaces(document).filter(({ type }) => type.name.value === "Query"),
  );
  const byConditions = roots.filter(
    ({ field }) =>
      field.name.value.startsWith("search") ||
      field.arguments?.some(({ name }) => name.value === "filter"),
  );
  const coordinates = (places: typeof roots) => places.map(({ coordinate }) => coordinate);
  expect(coordinates(byConditions).filter((coordinate) => !OPEN_LISTS.has(coordinate))).toEqual(
    coordinates(roots.filter(({ field }) => directives(field, "search").length > 0)),
  );
  expect([...OPEN_LISTS].filter((each) => !coordinates(roots).includes(each))).toEqual([]);
});

it("mark as a search nothing but roots", () => {
  const marked = documents.flatMap(({ document }) =>
    fieldPlaces(document).filter(
      ({ type, field }) => type.name.value !== "Query" && directives(field, "search").length > 0,
    ),
  );
  expect(marked.map(({ coordinate }) => coordinate)).toEqual([]);
});

describe.each(documents)("the schema of $name", ({ text, document }) => {
  const entities = entityKeys(document);

  it("begins with the shared links and ends with the shared definitions, word for word", () => {
    expect(dense(text).startsWith(dense(SCHEMA_LINKS))).toBe(true);
    expect(dense(text).endsWith(dense(ACCESS_DEFINITIONS))).toBe(true);
  });

  it("describes every type, field, argument and value", () => {
    const silent: string[] = [];
    visit(document, {
      enter(node, _key, _parent, _path, ancestors) {
        const { description, name } = node as { description?: StringValueNode; name?: NameNode };
        if (!DESCRIBED.has(node.kind) || description?.value.trim()) return;
        // The arguments of the shared directives are described with them.
        if (
          ancestors.some(
            (ancestor) => "kind" in ancestor && ancestor.kind === Kind.DIRECTIVE_DEFINITION,
          )
        )
          return;
        const around = ancestors.flatMap((ancestor) =>
          "kind" in ancestor && "name" in ancestor ? [ancestor.name as NameNode] : [],
        );
        silent.push([...around, name].map((part) => part?.value).join("."));
      },
    });
    expect(silent).toEqual([]);
  });

  // Roots as well: whether something is there to be given tells something by itself.
  it("gives every field a data class and the rule that belongs to it", () => {
    const wrong: string[] = [];
    for (const { coordinate, type, field } of fieldPlaces(document)) {
      const [data] = directives(field, "data");
      // Composition takes no rule on an @external field: its owner's stands.
      if (
        isPlumbing(type.name.value) ||
        (directives(field, "external").length > 0 && data === undefined)
      )
        continue;
      const dataClass = argument(data, "class");
      const scopes = argument(directives(field, "requiresScopes")[0], "scopes");
      const authenticated = directives(field, "authenticated").length > 0;
      if (dataClass === "PUBLIC" && (!authenticated || scopes !== undefined))
        wrong.push(`${coordinate}: PUBLIC means @authenticated only`);
      if ((dataClass === "BASIC" || dataClass === "SENSITIVE") && !areScopes(scopes))
        wrong.push(`${coordinate}: ${dataClass} means @requiresScopes`);
      if (typeof dataClass !== "string") wrong.push(`${coordinate}: no @data`);
    }
    expect(wrong).toEqual([]);
  });

  it("names the data subject of every type with personal data, by a path to an entity's key", () => {
    const wrong: string[] = [];
    for (const type of objectTypes(document)) {
      // What a root gives is somebody's, but the root is nobody's.
      const personal =
        !["Query", "Mutation"].includes(type.name.value) &&
        (type.fields ?? []).some((field) =>
          ["BASIC", "SENSITIVE"].includes(String(argument(directives(field, "data")[0], "class"))),
        );
      const paths = directives(type, "subject").map((directive) =>
        String(argument(directive, "path")),
      );
      if (personal && paths.length === 0) wrong.push(`${type.name.value}: no @subject`);
      for (const path of paths) {
        if (path === "..") {
          if (entities.has(type.name.value))
            wrong.push(`${type.name.value}: an entity names its own subject`);
        } else if (!leadsToKey(type.name.value, path.split(".")))
          wrong.push(`${type.name.value}: ${path} leads to no key`);
      }
    }
    expect(wrong).toEqual([]);
  });

  function leadsToKey(typeName: string, [name, ...rest]: string[]): boolean {
    const type = objectTypes(document).find((candidate) => candidate.name.value === typeName);
    const field = type?.fields?.find((candidate) => candidate.name.value === name);
    if (field === undefined) return false;
    if (rest.length > 0) return leadsToKey(namedType(field.type).name.value, rest);
    return entities.get(typeName)?.some(({ fields }) => fields.includes(field.name.value)) ?? false;
  }

  it("lets a refusal or an outage cost itself only: what is guarded or belongs to an entity is nullable", () => {
    const wrong: string[] = [];
    for (const { coordinate, type, field } of fieldPlaces(document)) {
      const isKey = entities
        .get(type.name.value)
        ?.some(({ fields }) => fields.includes(field.name.value));
      if (
        field.type.kind === Kind.NON_NULL_TYPE &&
        !isKey &&
        refusedByItself(type, scopesText(field))
      ) {
        wrong.push(`${coordinate}: guarded by a rule of its own, and non-null`);
      }
      // What another register knows of an entity must survive that this one is down.
      if (field.type.kind === Kind.NON_NULL_TYPE && !isKey && entities.has(type.name.value))
        wrong.push(`${coordinate}: an entity's field that is no key, and non-null`);
      if (entities.has(namedType(field.type).name.value) && /\w!/.test(print(field.type)))
        wrong.push(`${coordinate}: an entity, and non-null`);
    }
    expect(wrong).toEqual([]);
  });

  /** Whether a caller may be refused the field and still be given another of the same object. */
  function refusedByItself({ fields = [] }: ObjectTypeDefinitionNode, scopes: string): boolean {
    return scopes !== "" && fields.some((field) => scopesText(field) !== scopes);
  }

  function scopesText(field: FieldDefinitionNode): string {
    return JSON.stringify(argument(directives(field, "requiresScopes")[0], "scopes") ?? "").replace(
      /^""$/,
      "",
    );
  }
});

/**
 * Lists that a grant for look-ups only leaves open: of places, which are nobody's; and the registry's and the audit
 * log's own, which judge by people's roles.
 */
const OPEN_LISTS = new Set([
  "Query.searchAdministrativeUnits",
  "Query.grants",
  "Query.auditRecords",
]);

const DESCRIBED = new Set<string>([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.DIRECTIVE_DEFINITION,
]);

function areScopes(scopes: unknown): boolean {
  return (
    Array.isArray(scopes) &&
    scopes.length > 0 &&
    scopes.every(
      (all) =>
        Array.isArray(all) &&
        all.length > 0 &&
        all.every((scope) => /^[a-z]+:[a-z]+$/.test(String(scope))),
    )
  );
}
