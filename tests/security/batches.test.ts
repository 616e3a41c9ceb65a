import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  BatchingSubgraph,
  type BatchedItem,
  type BatchMessage,
} from "../harness/batching-subgraph.ts";
import { composeSupergraph, TestRouter, type GraphqlAnswer } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])
  type Query { person: Person }
  type Person @key(fields: "id") { id: ID!  name: String  salary: Int @requiresScopes(scopes: [["pay"]]) }
`;
const QUERY = "{ person { name salary } }";
/** How often each caller asks at once, so that operations of both meet in a batch. */
const TIMES = 8;

let subgraph: BatchingSubgraph;
let router: TestRouter;
beforeEach(async () => {
  subgraph = await BatchingSubgraph.start(SCHEMA);
  router = await TestRouter.start(composeSupergraph([subgraph.subgraph]), subgraph.settings);
});
afterEach(async () => {
  await router.stop();
  await subgraph.stop();
});

const systemsIn = ({ items }: BatchMessage) => new Set(items.map(({ permit }) => permit.system));
const isMixed = (message: BatchMessage): boolean => systemsIn(message).size > 1;

/** What a register answers under a permit: its person is who asks. */
function personFor({ permit, request }: BatchedItem): object {
  const salary = request.query.includes("salary") ? { salary: 100 } : {};
  const person = { __typename: "Person", id: permit.system, name: permit.system, ...salary };
  const { item } = request.extensions ?? {};
  return { data: { person }, ...(item === undefined ? {} : { extensions: { item } }) };
}

const answerRightly = ({ items, isBatch }: BatchMessage): unknown =>
  isBatch ? items.map(personFor) : personFor(items[0]!);

/** Both callers ask at once, behind two messages that take long, until operations of both were in one batch. */
async function together(): Promise<Record<"paid" | "plain", GraphqlAnswer[]>> {
  const tokens = {
    paid: await router.issuer.token({ client_id: "paid", scope: "pay" }),
    plain: await router.issuer.token({ client_id: "plain", scope: "" }),
  };
  const answers: Record<keyof typeof tokens, GraphqlAnswer[]> = { paid: [], plain: [] };
  const ask = async (system: keyof typeof tokens): Promise<void> =>
    void answers[system].push(await router.ask(QUERY, { token: tokens[system] }));
  while (!subgraph.messages.some(isMixed)) {
    const { promise, resolve } = Promise.withResolvers<void>();
    subgraph.gate = promise;
    const begun = subgraph.messages.length;
    const asking: Promise<void>[] = [];
    for (const count of [1, 2]) {
      asking.push(ask("plain"));
      await vi.waitFor(
        () => expect(subgraph.messages.length).toBeGreaterThanOrEqual(begun + count),
        10_000,
      );
    }
    for (let time = 0; time < TIMES; time += 1) asking.push(ask("paid"), ask("plain"));
    await vi.waitFor(() => {
      const asked = subgraph.messages
        .slice(begun)
        .reduce((sum, { items }) => sum + items.length, 0);
      expect(asked).toBe(2 + 2 * TIMES);
    }, 10_000);
    resolve();
    await Promise.all(asking);
  }
  return answers;
}

/** What a caller was told, and the codes of its errors. */
const toldTo = (answers: readonly GraphqlAnswer[]) =>
  answers.map(({ body }) => ({
    person: (body.data?.["person"] ?? null) as { name: string; salary: number | null } | null,
    codes: new Set(body.errors?.map(({ extensions }) => extensions["code"])),
  }));

test("two callers with different rights in one batch: each has its own permit, operation and answer", async () => {
  subgraph.answer = answerRightly;
  const { paid, plain } = await together();
  const mixed = subgraph.messages.filter(isMixed);
  for (const { items } of mixed) {
    for (const { permit, request } of items) {
      expect(permit.scopes).toEqual(permit.system === "paid" ? ["pay"] : []);
      expect(request.query.includes("salary")).toBe(permit.system === "paid");
    }
    // No two operations share what belongs to one request.
    expect(new Set(items.map(({ request }) => request.extensions?.requestId)).size).toBe(
      items.length,
    );
  }
  for (const { body } of paid)
    expect(body).toEqual({ data: { person: { name: "paid", salary: 100 } } });
  for (const { person, codes } of toldTo(plain)) {
    expect(person).toEqual({ name: "plain", salary: null });
    expect([...codes]).toEqual(["UNAUTHORIZED_FIELD_OR_TYPE"]);
  }
});

test.each<[string, (answers: object[]) => unknown]>([
  ["in another order", (answers) => answers.toReversed()],
  ["with too few", (answers) => answers.slice(1)],
  ["with one twice", (answers) => [answers[0], ...answers]],
  ["with one for all", (answers) => answers[0]],
])(
  "a subgraph that answers a batch of two callers %s gives neither the other's answer, nor any",
  async (_what, wrong) => {
    subgraph.answer = (message) =>
      isMixed(message) ? wrong(message.items.map(personFor)) : answerRightly(message);
    const answers = await together();
    for (const [system, given] of Object.entries(answers)) {
      const told = toldTo(given);
      for (const { person } of told) expect([undefined, system]).toContain(person?.name);
      // Whose operations were in that batch was told that the register did not answer.
      expect(told.some(({ codes }) => codes.has("REGISTER_UNAVAILABLE"))).toBe(true);
    }
    const refused = Object.values(answers)
      .flatMap(toldTo)
      .filter(({ codes }) => codes.has("REGISTER_UNAVAILABLE"));
    expect(refused.map(({ person }) => person)).toEqual(refused.map(() => null));
    expect(refused).toHaveLength(
      subgraph.messages.filter(isMixed).reduce((sum, { items }) => sum + items.length, 0),
    );
  },
);
