import { parse } from "graphql";
import { expect, test } from "vitest";
import { faultsOf } from "../properties/differential/cases.ts";
import { difference, type ReadAnswer } from "../properties/differential/compare.ts";
import { loadSupergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { SplitRouter } from "../properties/differential/split-federation.ts";

/** A split in which several subgraphs have the fields of one interface, in part computed. */
const SPLIT = 17;

/** Lists of that interface within each other: 300 characters for which the planner would take gigabytes and minutes. */
const DEAR = `query($yes: Boolean!, $v1: Int = 0, $v2: Int) { item(id: "Book:10") { own_price: related(first: $v2) {
  ... on Book { __typename: id at { x: __typename number } }
  related(first: 2) { id @skip(if: $yes) related(first: null) {
    ... on Item { tags } ... on Item @skip(if: true) @include(if: true) { tags tags id } related(first: $v1) { constructor: tags } } } } } }`;

/** So many lists within each other that even for each type of object it would be too much. */
const DEAREST = `{ item(id: "Book:10") { ${"related(first: 1) { ".repeat(12)} tags ${"}".repeat(12)} } }`;

test("a small operation that would be planned for minutes is answered as by one server; one that cannot be is refused", async () => {
  const router = await SplitRouter.start(SPLIT, faultsOf(SPLIT), {
    batching: true,
    splicing: false,
  });
  try {
    const { planner } = loadSupergraph(router.federation.supergraph);
    expect(() => planner.plan(parse(DEAR), null)).toThrow("reached the limit");
    const variables = { yes: true, v1: 1, v2: 2 };
    const { status, text, id } = await router.ask({ query: DEAR, variables });
    expect(status).toBe(200);
    const judged = router.federation.monolith.judge(parse(DEAR), undefined, variables);
    expect(difference(JSON.parse(text) as ReadAnswer, judged)).toBeUndefined();
    expect(router.federation.isMisplanned(id)).toBe(false);

    const refused = await router.ask({ query: DEAREST, variables: {} });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text)).toMatchObject({
      errors: [{ extensions: { code: "PLAN_TOO_COMPLEX" } }],
    });
    const query = '{ item(id: "Book:10") { id } }';
    const answered = await router.ask({ query, variables: {} });
    expect(JSON.parse(answered.text)).toMatchObject({ data: { item: { id: "Book:10" } } });
  } finally {
    await router.stop();
  }
});

/** A split with a chain of computed fields that the planner, comparing plans, merges into a circle, and gives up. */
const CIRCULAR_SPLIT = 1_037;
const CIRCULAR = `{ people { works {
  ... on Book { maker { card label } } ... on Film { maker { card label } basedOn { levy tax } } } } }`;

test("what the planner fails on is planned another way, and answered as by one server", async () => {
  const router = await SplitRouter.start(CIRCULAR_SPLIT, faultsOf(CIRCULAR_SPLIT), {
    batching: true,
    splicing: false,
  });
  try {
    const { planner } = loadSupergraph(router.federation.supergraph);
    expect(() => planner.plan(parse(CIRCULAR), null)).toThrow("is a child of");
    const { status, text, id } = await router.ask({ query: CIRCULAR });
    expect(status).toBe(200);
    const judged = router.federation.monolith.judge(parse(CIRCULAR), undefined, {});
    expect(difference(JSON.parse(text) as ReadAnswer, judged)).toBeUndefined();
    expect(router.federation.isMisplanned(id)).toBe(false);
  } finally {
    await router.stop();
  }
});
