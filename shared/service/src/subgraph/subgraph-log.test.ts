import { UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "../testing/index.ts";
import { faults, library } from "./sample/library.ts";

describe("a subgraph's log", () => {
  let database: TestDatabase;
  let subgraph: TestSubgraph;
  let lines: Record<string, any>[] = [];
  beforeAll(async () => {
    const [server] = databaseServers();
    database = await createTestDatabase(server!);
    subgraph = await startSubgraph(library, database.url, {
      log: (line) => void lines.push(JSON.parse(line)),
    });
  });
  afterAll(async () => {
    await subgraph?.stop();
    await database?.drop();
  });
  beforeEach(() => {
    lines = [];
  });
  const worse = () => lines.filter(({ level }) => level !== "info");

  it("says once for a whole batch that permits were refused, and why, without a stack", async () => {
    const aliens = { aud: "cinema" };
    const items = [
      await subgraph.permit(aliens),
      "garbage",
      await subgraph.permit({ limits: { ...UNLIMITED, everything: true } as never }),
    ].map((permit) => ({ query: "{ __typename }", extensions: { permit } }));
    const response = await subgraph.post(items, { "x-request-id": "request-9" });
    expect(response.status).toBe(200);
    expect(worse()).toEqual([
      expect.objectContaining({
        level: "warn",
        requestId: "request-9",
        refused: 3,
        msg: "permits were refused",
      }),
    ]);
    expect(worse()[0]!["reason"]).toMatch(/^\S.{5,199}$/);
    expect(JSON.stringify(lines)).not.toMatch(/stack|\\n|everything/);
  });

  it("says once for an operation that fields failed for one cause", async () => {
    faults.next = new Error("the shelf has collapsed");
    const broken = Array.from({ length: 50 }, (_, n) => `f${n}: broken`).join(" ");
    const { errors } = await subgraph.query(`{ ${broken} }`);
    faults.next = undefined;
    expect(errors).toHaveLength(50);
    expect(worse()).toEqual([
      expect.objectContaining({ level: "error", path: "f0", fields: 50, msg: "fields failed" }),
    ]);
  });

  it("answers each item of a batch under the place it was asked for at, and logs each one's own trace", async () => {
    const permit = await subgraph.permit();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const items = [
      { query: "{ __typename }", extensions: { permit, item: 7, traceparent } },
      { query: "{ nothing }", extensions: { permit, item: 3 } },
      { query: "{ __typename }", extensions: { permit } },
    ];
    const response = await subgraph.post(items, { traceparent: "of the message" });
    const answers = (await response.json()) as { extensions?: object }[];
    expect(answers.map(({ extensions }) => extensions)).toEqual([
      { item: 7 },
      { item: 3 },
      undefined,
    ]);
    const traces = lines
      .filter(({ msg }) => msg === "operation")
      .map((line) => line["traceparent"]);
    expect(traces.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      traceparent,
      "of the message",
      "of the message",
    ]);
  });
});
