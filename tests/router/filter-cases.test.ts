import {
  getVariableValues,
  Kind,
  parse,
  print,
  validate,
  type OperationDefinitionNode,
} from "graphql";
import { createLog } from "@truc/service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filterOperation } from "../../gateway/router/src/authorize/filter/filter-operation.ts";
import { filteredBy } from "../../gateway/router/src/authorize/filtered.ts";
import { Federation } from "../../gateway/router/src/supergraph/federation.ts";
import type { ServedSupergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { StubFederation } from "../harness/stub-federation.ts";
import { composeSupergraph } from "../harness/test-router.ts";
import { filterCases, type FilterCase, type FilterCases } from "./filter-cases.ts";

const FILES = filterCases();

test("there are cases enough to lose some unnoticed, so they are counted", () => {
  expect(Object.fromEntries(FILES.map(({ name, cases }) => [name, cases.length]))).toEqual({
    conditions: 13,
    federated: 17,
    fields: 32,
    fragments: 14,
    interfaces: 22,
    nulls: 9,
    "renamed-import": 3,
    "renamed-specification": 3,
    "renamed-unimported": 3,
    roots: 10,
  });
});

describe.each(FILES)("the filter by itself: $name", ({ subgraphs, cases }) => {
  let supergraph: ServedSupergraph;
  let stop: () => Promise<void>;
  beforeAll(async () => ({ supergraph, stop } = await served(subgraphs)));
  afterAll(async () => await stop());

  test.each(cases)("$title", ({ operation, operationName, variables, scopes, left, refused }) => {
    const document = parse(operation);
    expect(validate(supergraph.api, document)).toEqual([]);
    const definition = document.definitions.find(
      (each): each is OperationDefinitionNode =>
        each.kind === Kind.OPERATION_DEFINITION &&
        (operationName === undefined || each.name?.value === operationName),
    )!;
    const held = new Set(scopes);
    const filtered = filterOperation({ document, definition }, supergraph, held);
    const { coerced = {} } = getVariableValues(
      supergraph.api,
      definition.variableDefinitions ?? [],
      variables ?? {},
    );
    const answerable = filteredBy(filtered, held, coerced);
    expect(
      answerable.refusals.map(({ path, coordinate, needs }) => [path.join("."), coordinate, needs]),
    ).toEqual(refused ?? []);
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
  });
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
        refused: refused.map(([path]) => path),
      });
    },
  );
});

async function served(
  subgraphs: FilterCases["subgraphs"],
): Promise<{ supergraph: ServedSupergraph; stop: () => Promise<void> }> {
  const listed = Object.entries(subgraphs).map(([name, { schema }]) => ({
    name,
    url: "http://127.0.0.1:9/graphql",
    schema,
  }));
  const log = createLog({ name: "test", level: "silent" });
  const federation = new Federation(composeSupergraph(listed), log);
  const gateway = await federation.gateway(async () => await Promise.resolve({}));
  await gateway.load({ apollo: {} });
  return {
    supergraph: federation.present,
    stop: async () => {
      await gateway.stop();
    },
  };
}
