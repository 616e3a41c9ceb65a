import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { opened } from "../../http/test-opened.ts";
import { ByteAllowance } from "../byte-allowance.ts";
import { OpenEnding } from "../ending.ts";
import type { SubgraphFetch } from "./subgraph-fetch.ts";
import { clientsWith, counted, fetchOf } from "./test-clients.ts";

interface Item {
  query: string;
  extensions: Record<string, unknown>;
}

/** A server that takes batches, and answers each message when a test lets it. */
async function batches() {
  const held: {
    items: Item[];
    headers: IncomingHttpHeaders;
    answer: (body: unknown, status?: number, more?: Record<string, string>) => void;
  }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const parsed = JSON.parse(body) as Item | Item[];
      const items = Array.isArray(parsed) ? parsed : [parsed];
      held.push({
        items,
        headers: request.headers,
        answer: (own, status = 200, more = {}) =>
          void response.writeHead(status, more).end(JSON.stringify(own)),
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const came = async (count: number) =>
    await vi.waitFor(() => {
      expect(held).toHaveLength(count);
      return held;
    }, 10_000);
  return { url, held, came };
}

const echo = ({ query }: Item) => ({ data: { said: query } });
const queriesOf = ({ items }: { items: Item[] }) => items.map(({ query }) => query);

describe("the sizes of a batch's items", () => {
  const answers = [
    { data: { said: "Hà Nội" }, extensions: { item: 0 } },
    { data: { said: '"},{"' }, extensions: { item: 1 } },
  ];
  const sizes = answers.map((each) => Buffer.byteLength(JSON.stringify(each)));
  const [first = 0, second = 0] = sizes;

  test.each([
    ["say where each is", `${first},${second}`],
    ["that do not add up are not believed", `${first},${second + 1}`],
    ["that cut elsewhere are not believed", `${first + 1},${second - 1}`],
    ["of other items are not believed", `${first}`],
    ["that are no numbers are not believed", "all"],
  ])("%s", async (_what, said) => {
    const server = await batches();
    const clients = clientsWith({ batching: true, splicing: true });
    const read: string[] = [];
    const reader: SubgraphFetch["reader"] = (octets) => {
      const text = Buffer.from(octets, "latin1").toString("utf8");
      read.push(text);
      return text.includes("Hà") ? { data: { said: "read" }, item: 0 } : undefined;
    };
    const asking = ["a", "b"].map(
      async (query) => await clients.fetch("ships", fetchOf(server.url, query, { reader })),
    );
    const [batch] = await server.came(1);
    batch!.answer(answers, 200, { "x-item-bytes": said });
    const given = await Promise.all(asking);
    expect(given.map(({ data }) => data)).toEqual([{ said: "read" }, { said: '"},{"' }]);
    expect(given.map(({ bytes }) => bytes)).toEqual(sizes);
    expect(read).toEqual(answers.map((each) => JSON.stringify(each)));
  });

  test("of which one is too large cost nobody else", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking = [10, 1_000].map(
      async (bytes) =>
        await clients.fetch(
          "ships",
          fetchOf(server.url, "a", { allowance: new ByteAllowance(bytes) }),
        ),
    );
    const [batch] = await server.came(1);
    batch!.answer(answers, 200, { "x-item-bytes": sizes.join(",") });
    const [large, small] = await Promise.allSettled(asking);
    expect([large!.status, small!.status]).toEqual(["rejected", "fulfilled"]);
  });

  test("an answer that was read and names another place is nobody's", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true, splicing: true });
    const reader: SubgraphFetch["reader"] = () => ({ data: {}, item: 1 });
    const asking = ["a", "b"].map(
      async (query) => await clients.fetch("ships", fetchOf(server.url, query, { reader })),
    );
    const [batch] = await server.came(1);
    batch!.answer(answers, 200, { "x-item-bytes": sizes.join(",") });
    for (const each of await Promise.allSettled(asking))
      expect(each).toMatchObject({ status: "rejected", reason: { retry: false } });
  });

  test("an answer is parsed where the subgraph does not say that it can be read", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const reader: SubgraphFetch["reader"] = () => ({ data: { said: "read" } });
    const asking = clients.fetch("ships", fetchOf(server.url, "a", { reader }));
    const [message] = await server.came(1);
    message!.answer({ data: { said: "parsed" } });
    expect((await asking).data).toEqual({ said: "parsed" });
  });
});

describe("a batch", () => {
  test("carries what was asked for in one turn, each item with what is its own, and each gets its own answer", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true, permit: true });
    const asking = ["a", "b"].map(
      async (query) =>
        await clients.fetch(
          "ships",
          fetchOf(server.url, query, {
            actor: `actor of ${query}`,
            caseReference: `case of ${query}`,
          }),
        ),
    );
    const [batch] = await server.came(1);
    expect(batch!.items).toEqual(
      ["a", "b"].map((query, item) => ({
        query,
        variables: {},
        extensions: {
          permit: `permit of system of ${query}`,
          requestId: `id of ${query}`,
          operationDigest: `digest of ${query}`,
          actor: `actor of ${query}`,
          caseReference: `case of ${query}`,
          item,
        },
      })),
    );
    // Of several requests, so none's id is the message's.
    expect(batch!.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    batch!.answer(batch!.items.map(echo));
    expect((await Promise.all(asking)).map(({ data }) => data)).toEqual([
      { said: "a" },
      { said: "b" },
    ]);
    expect(counted()).toEqual([2, 0]);
  });

  test("of one request has its id; items of different traces each name their own", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true, permit: true });
    const one = { requestId: "one", trace: { traceparent: "t1" } };
    const ask = (query: string, request: SubgraphFetch["request"]) =>
      clients.fetch("ships", fetchOf(server.url, query, { request }));
    const asking = [ask("a", one), ask("b", one)];
    const [first] = await server.came(1);
    expect([first!.headers["x-request-id"], first!.headers["traceparent"]]).toEqual(["one", "t1"]);
    first!.answer(first!.items.map(echo));
    await Promise.all(asking);
    const other = [
      ask("a", one),
      ask("b", { requestId: "two", trace: { traceparent: "t2", tracestate: "s" } }),
    ];
    const [, second] = await server.came(2);
    expect(second!.headers["traceparent"]).toBeUndefined();
    expect(
      second!.items.map(({ extensions }) => [extensions["traceparent"], extensions["tracestate"]]),
    ).toEqual([
      ["t1", undefined],
      ["t2", "s"],
    ]);
    second!.answer(second!.items.map(echo));
    await Promise.all(other);
  });

  test("waits while four are under way, and grows meanwhile; who has left by then is not sent, nor counted as asked", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking: Promise<unknown>[] = [];
    const ask = (query: string, more = {}) =>
      asking.push(clients.fetch("ships", fetchOf(server.url, query, more)).catch(() => {}));
    for (const [index, query] of ["a", "b", "c", "d"].entries()) {
      ask(query);
      await server.came(index + 1);
    }
    const leaver = new OpenEnding();
    ask("e");
    await new Promise((resolve) => setImmediate(resolve));
    ask("left", { ending: leaver });
    ask("f");
    leaver.end();
    server.held[0]!.answer(echo(server.held[0]!.items[0]!));
    const fifth = (await server.came(5))[4]!;
    // Had one been sent before, they would not have come together.
    expect(queriesOf(fifth)).toEqual(["e", "f"]);
    expect(counted()).toEqual([6, 0]);
    for (const { items, answer } of server.held.slice(1, 4)) answer(echo(items[0]!));
    fifth.answer(fifth.items.map(echo));
    await Promise.all(asking);
  });

  test("that takes long holds up nobody", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking = [];
    for (let count = 1; count <= 7; count += 1) {
      asking.push(clients.fetch("ships", fetchOf(server.url, `${count}`)));
      await server.came(count);
    }
    for (const { items, answer } of server.held) answer(echo(items[0]!));
    await Promise.all(asking);
  });

  test("holds a hundred items, two hundred entities and a quarter of a megabyte at most; many entities travel apart from few; mutations alone", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking: Promise<unknown>[] = [];
    const ask = (query: string, more: Partial<SubgraphFetch> = {}) =>
      asking.push(clients.fetch("ships", fetchOf(server.url, query, more)));
    const answerAll = async () => {
      let answered = 0;
      const all = Promise.all(asking.splice(0));
      const answering = vi.waitFor(() => {
        for (; answered < server.held.length; answered += 1) {
          const { items, answer } = server.held[answered]!;
          answer(items.length === 1 ? echo(items[0]!) : items.map(echo));
        }
        expect(server.held.reduce((sum, { items }) => sum + items.length, 0)).toBe(expected);
      }, 10_000);
      await Promise.all([all, answering]);
      return server.held.splice(0).map(queriesOf);
    };
    let expected = 150;
    for (let count = 0; count < 150; count += 1) ask("small");
    expect(new Set((await answerAll()).map(({ length }) => length))).toEqual(new Set([100, 50]));

    expected = 7;
    const representations = (length: number) => ({
      variables: { representations: Array(length).fill(0) },
    });
    ask("small");
    for (const length of [150, 50, 1_000, 11]) ask(`${length}`, representations(length));
    ask("change", { mutation: true });
    ask("small", representations(10));
    const sent = await answerAll();
    expect(new Set(sent)).toEqual(
      new Set([["1000"], ["11"], ["150", "50"], ["change"], ["small", "small"]]),
    );

    expected = 3;
    for (const name of ["x", "y", "z"]) ask(name, { variables: { name: name.repeat(100_000) } });
    expect(new Set(await answerAll())).toEqual(new Set([["x", "y"], ["z"]]));
  });

  test("has outcomes of their own for its items: too large, late, with errors, none", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const caller = new OpenEnding();
    const own = { left: { ending: caller }, large: { allowance: new ByteAllowance(10) } } as Record<
      string,
      Partial<SubgraphFetch>
    >;
    const asking = Promise.allSettled(
      ["good", "large", "left", "error", "none", "fine"].map(
        async (query) => await clients.fetch("ships", fetchOf(server.url, query, own[query])),
      ),
    );
    const [batch] = await server.came(1);
    caller.end();
    batch!.answer([
      echo(batch!.items[0]!),
      echo(batch!.items[1]!),
      echo(batch!.items[2]!),
      { errors: [{ message: "no" }] },
      null,
      echo(batch!.items[5]!),
    ]);
    const outcomes = (await asking).map((each) =>
      each.status === "fulfilled"
        ? (each.value.data ?? each.value.errors)
        : (each.reason as Error).name,
    );
    expect(outcomes).toEqual([
      { said: "good" },
      "AnswerTooLarge",
      "RegisterUnavailable",
      [{ message: "no" }],
      "RegisterUnavailable",
      { said: "fine" },
    ]);
    expect(counted()).toEqual([6, 2]);
  });

  test.each<[string, unknown, number, boolean]>([
    ["one result", { data: { said: "a" } }, 200, false],
    ["errors", { errors: [{ message: "no" }] }, 503, true],
    ["too few", [{ data: { said: "a" } }], 200, false],
    ["too many", ["a", "b", "c"].map((said) => ({ data: { said } })), 200, false],
    [
      "another order, as it says itself",
      ["b", "a"].map((said, place) => ({ data: { said }, extensions: { item: 1 - place } })),
      200,
      false,
    ],
    ["nothing of use", "hello", 200, false],
  ])("answered by %s gives nobody anything", async (_what, answer, status, retry) => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking = Promise.allSettled(
      ["a", "b"].map(async (query) => await clients.fetch("ships", fetchOf(server.url, query))),
    );
    const [batch] = await server.came(1);
    batch!.answer(answer, status);
    for (const outcome of await asking)
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { name: "RegisterUnavailable", retry },
      });
    expect(counted()).toEqual([2, 2]);
  });

  test("that is refused as a whole is sent apart: what one item holds costs nobody else's", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const caller = new OpenEnding();
    const allowance = new ByteAllowance(1_000);
    const asking = Promise.allSettled(
      ["good", "poison", "left", "fine"].map(
        async (query) =>
          await clients.fetch(
            "ships",
            fetchOf(server.url, query, query === "left" ? { ending: caller } : { allowance }),
          ),
      ),
    );
    const [batch] = await server.came(1);
    caller.end();
    batch!.answer({ errors: [{ message: "no" }] }, 400);
    const [, ...alone] = await server.came(4);
    expect(alone.map(queriesOf)).toEqual([["good"], ["poison"], ["fine"]]);
    for (const { items, answer } of alone)
      if (items[0]!.query === "poison") answer("no", 400);
      else answer(echo(items[0]!));
    expect(
      (await asking).map((each) =>
        each.status === "fulfilled" ? each.value.data : (each.reason as Error).name,
      ),
    ).toEqual([{ said: "good" }, "RegisterUnavailable", "RegisterUnavailable", { said: "fine" }]);
    // Four in the batch and three alone; the batch's four and the poisoned one had no answer.
    expect([counted(), allowance.left]).toEqual([[7, 5], 1_000 - 2 * 24]);
    expect(server.held).toHaveLength(4);
  });

  test("does not hold what has been large lately, however few keys it is given", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const ask = (query: string) =>
      clients.fetch(
        "ships",
        fetchOf(server.url, query, { allowance: new ByteAllowance(1_000_000) }),
      );
    const large = ask("all");
    const [first] = await server.came(1);
    first!.answer({ data: "x".repeat(100_000) });
    await large;
    const asking = [ask("all"), ask("a"), ask("b")];
    await server.came(3);
    expect(new Set(server.held.slice(1).map(queriesOf))).toEqual(new Set([["all"], ["a", "b"]]));
    for (const { items, answer } of server.held.slice(1))
      answer(items.length === 1 ? echo(items[0]!) : items.map(echo));
    await Promise.all(asking);
  });
});
