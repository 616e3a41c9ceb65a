import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FieldDefinitionNode, TypeNode } from "graphql";
import { describe, expect, test } from "vitest";
import { readFederation } from "../../infra/src/federation.ts";
import { argument, directives, fieldPlaces, namedType, parsed } from "./schema-reading.ts";

const isList = (type: TypeNode): boolean =>
  type.kind === "ListType" || (type.kind === "NonNullType" && isList(type.type));
const sizeOf = (field: FieldDefinitionNode) => directives(field, "listSize")[0];
const isConnection = (field: FieldDefinitionNode): boolean =>
  namedType(field.type).name.value.endsWith("Connection");

/** Budgets are only as good as the estimates they are charged by: no list may be left to a guess. */
describe.each(
  readFederation().map(({ name, folder }) => ({
    name,
    places: fieldPlaces(parsed(readFileSync(join(folder, "schema.graphql"), "utf8"))),
  })),
)("every list of $name says how long it is taken to be", ({ places }) => {
  const sizedByParent = new Set(
    places.flatMap(({ field }) =>
      ((argument(sizeOf(field), "sizedFields") as string[] | undefined) ?? []).map(
        (inner) => `${namedType(field.type).name.value}.${inner}`,
      ),
    ),
  );

  test("by itself, or by the field that gives the object around it", () => {
    const silent = places
      .filter(({ field }) => isList(field.type) && sizeOf(field) === undefined)
      .map(({ coordinate }) => coordinate);
    expect(silent.filter((coordinate) => !sizedByParent.has(coordinate))).toEqual([]);
  });

  test("and a list of a fixed length is not taken for empty", () => {
    const sizes = places
      .filter(({ field }) => isList(field.type) && sizeOf(field) !== undefined)
      .map(({ coordinate, field }) => [coordinate, argument(sizeOf(field), "assumedSize")]);
    for (const [coordinate, size] of sizes)
      expect(size, String(coordinate)).toBeGreaterThanOrEqual(1);
  });

  test.each(places.filter(({ field }) => isConnection(field)))(
    "$coordinate: by the argument that says how many, and by its default where none is sent",
    ({ field }) => {
      const size = sizeOf(field);
      expect({
        slicingArguments: argument(size, "slicingArguments"),
        sizedFields: argument(size, "sizedFields"),
        requireOneSlicingArgument: argument(size, "requireOneSlicingArgument"),
        assumedSize: argument(size, "assumedSize"),
      }).toEqual({
        slicingArguments: ["first"],
        sizedFields: ["edges", "nodes"],
        requireOneSlicingArgument: false,
        assumedSize: 20,
      });
    },
  );
});
