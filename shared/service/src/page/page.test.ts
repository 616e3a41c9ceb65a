import { describe, expect, it, vi } from "vitest";
import { argumentInvalid, batchKeys } from "./argument-invalid.ts";
import { connection, pageArguments } from "./connection.ts";

const rows = ["a", "b", "c", "d"].map((name, id) => ({ id, name }));
const key = ({ name, id }: { name: string; id: number }) => [name, id];

describe("a connection", () => {
  it("knows that a page follows by the row too many", () => {
    const page = connection(rows, 3, key);
    expect(page.nodes).toEqual(rows.slice(0, 3));
    expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
    expect(page.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: page.edges[0]?.cursor,
      endCursor: page.edges[2]?.cursor,
    });
    expect(connection(rows, 4, key).pageInfo.hasNextPage).toBe(false);
  });

  it("gives cursors that lead on to the next page", () => {
    const { endCursor } = connection(rows, 3, key).pageInfo;
    expect(pageArguments({ first: 3, after: endCursor }, 2)).toEqual({ first: 3, after: ["c", 2] });
    expect(connection(rows.slice(3), 3, key, ["c", 2]).pageInfo).toMatchObject({
      hasNextPage: false,
      hasPreviousPage: true,
    });
  });

  it("is empty without rows", () => {
    const { edges, nodes, pageInfo } = connection([], 20, key);
    expect({ edges, nodes, pageInfo }).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});

describe("page arguments", () => {
  it("default to the first twenty", () => {
    expect(pageArguments({}, 1)).toEqual({ first: 20, after: null });
    expect(pageArguments({ first: null, after: null }, 1)).toEqual({ first: 20, after: null });
  });

  it.each([0, -1, 101, 1.5])("refuse first: %d", (first) => {
    expect(() => pageArguments({ first }, 1)).toThrow(
      'Argument "first": a page has from 1 to 100 entries.',
    );
  });

  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  it.each([
    ["", "nothing"],
    ["!!", "no base64url"],
    ["bm90IGpzb24", "no JSON"],
    [cursor(["a"]), "too few values"],
    [cursor(["a", "b", "c"]), "too many values"],
    [cursor(["a", { $ne: 1 }]), "an object among them"],
    [cursor({ length: 2 }), "no list"],
    [cursor(["a", null]), "null among them"],
    [cursor(["a", true]), "a truth value among them"],
    [cursor(["a\u0000", 1]), "a text with NUL"],
    [Buffer.from('["a", 1e300]').toString("base64url"), "a number that is not exact"],
  ])("refuse the cursor %j: %s", (after) => {
    expect(() => pageArguments({ after }, 2)).toThrow(
      'Argument "after": a cursor is one that an earlier page of the same list gave.',
    );
  });

  it.each([12_000, 1_000_000])("refuse by its length alone a cursor over %d letters", (length) => {
    const after = cursor(["a".repeat(length), 1]);
    const read = vi.spyOn(Buffer, "from");
    expect(() => pageArguments({ after }, 2)).toThrow(
      'Argument "after": a cursor is one that an earlier page of the same list gave.',
    );
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });
});

it("refuses more than 500 keys, naming the argument", () => {
  const keys = Array.from({ length: 500 }, (_, at) => at);
  expect(batchKeys("codes", keys)).toBe(keys);
  expect(() => batchKeys("codes", [...keys, 500])).toThrow(
    'Argument "codes": a batch look-up takes at most 500 keys.',
  );
});

it("names an argument and its rule", () => {
  const error = argumentInvalid("pin", "a personal identification number has exactly 12 digits");
  expect(error.message).toBe(
    'Argument "pin": a personal identification number has exactly 12 digits.',
  );
  expect(error.extensions).toEqual({
    code: "ARGUMENT_INVALID",
    argument: "pin",
    rule: "a personal identification number has exactly 12 digits",
  });
});
