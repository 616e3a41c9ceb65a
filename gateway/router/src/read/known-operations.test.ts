import { buildSchema, parse, type OperationDefinitionNode } from "graphql";
import { expect, test } from "vitest";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { KnownOperations, type ValidOperation } from "./known-operations.ts";
import { VariableValues } from "./variable-values.ts";

const SCHEMA = buildSchema("type Query { a: Int }");

function valid(text: string, schema = SCHEMA): ValidOperation {
  const document = parse(text);
  const definition = document.definitions[0] as OperationDefinitionNode;
  return {
    text,
    hash: "the same for all",
    document,
    definition,
    name: definition.name?.value ?? null,
    schema,
    supergraph: {} as Supergraph,
    values: new VariableValues(schema, definition),
  };
}

test("an operation is known by its schema, its whole text and the name it was asked with", () => {
  const known = new KnownOperations();
  const operation = valid("query A { a }");
  known.remember(operation, undefined);
  expect(known.find(SCHEMA, "query A { a }", undefined)).toBe(operation);
  expect(known.find(SCHEMA, "query A { a }", "A")).toBeUndefined();
  expect(known.find(SCHEMA, "query A { a } ", undefined)).toBeUndefined();
  expect(known.find(SCHEMA, "query A { a", undefined)).toBeUndefined();
  const next = buildSchema("type Query { a: Int }");
  expect(known.find(next, "query A { a }", undefined)).toBeUndefined();
  const under = valid("query A { a }", next);
  known.remember(under, undefined);
  expect(known.find(next, "query A { a }", undefined)).toBe(under);
  expect(known.find(SCHEMA, "query A { a }", undefined)).toBe(operation);
});

test("names that objects are born with name nothing", () => {
  const known = new KnownOperations();
  known.remember(valid("query constructor { a }"), "constructor");
  for (const name of ["__proto__", "toString", "", undefined])
    expect(known.find(SCHEMA, "query constructor { a }", name)).toBeUndefined();
  for (const text of ["__proto__", "constructor", "toString"])
    expect(known.find(SCHEMA, text, undefined)).toBeUndefined();
});

test("whoever sends ever new operations takes no more memory than there is for all of them", () => {
  const known = new KnownOperations();
  const fields = "a ".repeat(98);
  const texts = Array.from({ length: 1_000 }, (_, index) => `{ ${fields} b${index}: a }`);
  for (const text of texts) known.remember(valid(text), undefined);
  // 105 tokens at 512 bytes, and the text of 206 characters or a little more.
  const kept = texts.filter((text) => known.find(SCHEMA, text, undefined) !== undefined);
  expect(kept.length).toBeGreaterThan(600);
  expect(kept.length * 105 * 512).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(kept.at(-1)).toBe(texts.at(-1));
  expect(kept[0]).toBe(texts[texts.length - kept.length]);
});

test("an operation too large to be remembered takes nobody's place", () => {
  const known = new KnownOperations();
  known.remember(valid("{ a }"), undefined);
  const large = `{ ${"a ".repeat(3_000)} }`;
  known.remember(valid(large), undefined);
  expect(known.find(SCHEMA, large, undefined)).toBeUndefined();
  expect(known.find(SCHEMA, "{ a }", undefined)).toBeDefined();
});
