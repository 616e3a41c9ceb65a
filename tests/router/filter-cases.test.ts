import { parse, print, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filterOperation } from "../../gateway/router/src/authorize/filter/filter-operation.ts";
import { filteredBy } from "../../gateway/router/src/authorize/filtered.ts";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { StubFederation } from "../harness/stub-federation.ts";
import { definitionIn, loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { filterCases, type FilterCase } from "./filter-cases.ts";

const FILES = filterCases();

test("there are cases enough to lose some unnoticed, so they are counted", () => {
  expect(Object.fromEntries(FILES.map(({ name, cases }) => [name, cases.length]))).toEqual({
    conditions: 13,
    federated: 21,
    fields: 32,
    fragments: 14,
    inaccessible: 3,
    interfaces: 23,
    nulls: 9,
    "renamed-import": 3,
    "renamed-specification": 3,
    "renamed-unimported": 3,
    roots: 10,
    searches: 11,
    "searches-renamed": 2,
  });
});

describe.each(FILES)("the filter by itself: $name", ({ subgraphs, cases }) => {
  let supergraph: Supergraph;
  beforeAll(async () => {
    const schemas = Object.entries(subgraphs).map(([each, { schema }]) => [each, schema]);
    supergraph = loadedSupergraph(Object.fromEntries(schemas) as Record<string, string>);
  });

  test.each(cases)(
    "$title",
    ({ operation, operationName, variables, scopes, search = true, left, refused }) => {
      const document = parse(operation);
      expect(validate(supergraph.api, document)).toEqual([]);
      const definition = definitionIn(document, operationName);
      const held = { scopes: new Set(scopes), search };
      const filtered = filterOperation({ document, definition }, supergraph, held);
      const alone = { ...document, definitions: [definition] };
      const { values } = readOperation(supergraph, alone, variables);
      const answerable = filteredBy(filtered, held, values);
      expect(
        answerable.refusals.map(({ path, coordinate, code, needs }) => [
          path.join("."),
          coordinate,
          code,
          needs,
        ]),
      ).toEqual(
        (refused ?? []).map(([path, coordinate, needs]) =>
          needs === "search"
            ? [path, coordinate, "SEARCH_NOT_GRANTED", []]
            : [path, coordinate, "UNAUTHORIZED_FIELD_OR_TYPE", needs],
        ),
      );
      if (left === "nothing") {
        expect(answerable.document).toBeUndefined();
      } else if (left === "same") {
        expect(answerable.document).toBe(document);
        expect(answerable.asked).toBe(document);
      } else {
        expect(print(answerable.document!)).toBe(print(parse(left)));
      }
      // A field that calls itself __typename beside the real one is kept apart before it is planned.
      if (!operation.includes("__typename: "))
        expect(validate(supergraph.api, filtered.document)).toEqual([]);
    },
  );
});

describe.each(FILES)("the filter over HTTP: $name", ({ subgraphs, cases }) => {
  let federation: StubFederation;
  beforeAll(async () => (federation = await StubFederation.start({ ...subgraphs })));
  afterAll(async () => await federation.stop());

  test.each(cases.filter(({ answer }) => answer !== undefined))(
    "$title",
    async ({ operation, scopes, refused = [], answer, left, ...more }: FilterCase) => {
      federation.forget();
      const { status, body } = await federation.router.ask(operation, { scopes, ...more });
      expect(status).toBe(200);
      expect(body.data).toEqual(answer);
      expect(body.errors ?? []).toEqual(
        refused.map(([path, coordinate, needs]) => ({
          message: "The caller may not read this field.",
          path: path.split("."),
          extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE", coordinate, needs, owners: [] },
        })),
      );
      if (left === "nothing") expect(federation.fetches).toEqual([]);
      expect(federation.router.records().at(-1)).toMatchObject({
        decision: refused.length > 0 ? "filtered" : "allowed",
        refused: [...new Set(refused.map(([, coordinate]) => coordinate))].toSorted(),
      });
    },
  );
});
