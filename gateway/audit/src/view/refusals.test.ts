import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startView, type TestView } from "./test-view.ts";

let view: TestView;
beforeAll(async () => {
  view = await startView();
});
afterAll(() => view.stop());

describe("requests that were counted only", () => {
  const add = async (minute: string, source: string, code: string, count: number) =>
    await view.database.db.kysely
      .insertInto("audit_refusals")
      .values({
        router: "6f0e2a3c-4d3f-4a55-9b6a-0d8f2f9f0b11",
        minute: new Date(minute),
        source,
        code,
        count,
      })
      .execute();
  const read = async (args: string) =>
    await view.subgraph.query(
      `{ refusals${args} { source code requests firstMinute lastMinute } }`,
      { person: "an-auditor" },
    );

  beforeAll(async () => {
    await add("2026-11-01T10:00:00Z", "others", "TOKEN_MISSING", 5);
    await add("2026-11-01T10:07:00Z", "others", "TOKEN_MISSING", 6);
    await add("2026-11-01T10:01:00Z", "system:a", "OVERLOADED", 1_000_000_000);
    await add("2026-11-01T10:01:00Z", "system:a", "TOKEN_INVALID", 1);
    await add("2026-11-02T00:00:00Z", "others", "TOKEN_MISSING", 100);
  });

  it("stand by source and code, the most frequent first", async () => {
    const { data } = await read('(from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z")');
    expect(data.refusals).toEqual([
      {
        source: "system:a",
        code: "OVERLOADED",
        requests: 1_000_000_000,
        firstMinute: "2026-11-01T10:01:00.000Z",
        lastMinute: "2026-11-01T10:01:00.000Z",
      },
      {
        source: "others",
        code: "TOKEN_MISSING",
        requests: 11,
        firstMinute: "2026-11-01T10:00:00.000Z",
        lastMinute: "2026-11-01T10:07:00.000Z",
      },
      {
        source: "system:a",
        code: "TOKEN_INVALID",
        requests: 1,
        firstMinute: "2026-11-01T10:01:00.000Z",
        lastMinute: "2026-11-01T10:01:00.000Z",
      },
    ]);
    const some = await read(
      '(from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z", source: "system:a", code: "TOKEN_INVALID")',
    );
    expect(some.data.refusals.map(({ requests }: any) => requests)).toEqual([1]);
  });

  it("are asked for a month at most", async () => {
    for (const args of [
      '(from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z")',
      '(from: "2026-10-01T00:00:00Z", to: "2026-11-02T00:00:00Z")',
    ])
      expect((await read(args)).errors?.[0]?.extensions).toMatchObject({
        code: "ARGUMENT_INVALID",
        argument: "from",
      });
  });
});
