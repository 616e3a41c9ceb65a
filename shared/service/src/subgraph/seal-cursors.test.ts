import type { PermitSecrets } from "@truc/contracts";
import { execute, type GraphQLSchema, parse } from "graphql";
import { describe, expect, it, vi } from "vitest";
import { connection, pageArguments } from "../page/connection.ts";
import { buildSchema } from "./build-schema.ts";
import { CursorSeal } from "./cursor-seal.ts";
import type { Resolver } from "./define-subgraph.ts";
import { library } from "./sample/library.ts";

const old = { kid: "a", secret: "A".repeat(43) };
const fresh = { kid: "b", secret: "B".repeat(43) };
const seal = (...keys: PermitSecrets["keys"]) => new CursorSeal("library", { keys });
const REFUSAL = 'Argument "after": a cursor is one that an earlier page of the same list gave.';

describe("a sealed cursor", () => {
  it("opens for its list and no other, and says nothing of what it holds", () => {
    const cursor = seal(old).seal("Query.search", "nguyen thi an");
    expect(seal(old).open("Query.search", cursor)).toBe("nguyen thi an");
    expect(seal(old).open("Query.latecomers", cursor)).toBeUndefined();
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(cursor, "base64url").toString("latin1")).not.toContain("nguyen");
    expect(seal(old).seal("Query.search", "an")).toHaveLength(cursor.length);
  });

  it("is the same for the same text of the same list alone", () => {
    const cursor = seal(old).seal("a", "x");
    expect(seal(old).seal("a", "x")).toBe(cursor);
    const vectors = [cursor, seal(old).seal("b", "x"), seal(old).seal("a", "y")].map((text) =>
      text.slice(0, 16),
    );
    expect(new Set(vectors).size).toBe(3);
  });

  it("outlives one rotation of the secrets, and not the second", () => {
    const cursor = seal(old).seal("a", "x");
    expect(seal(fresh, old).open("a", cursor)).toBe("x");
    expect(seal(fresh, old).seal("a", "x")).toBe(seal(fresh).seal("a", "x"));
    expect(seal(fresh).open("a", cursor)).toBeUndefined();
  });

  it("does not open in another register, changed in any byte, cut short, or made up", () => {
    const cursor = seal(old).seal("a", "x");
    const bytes = Buffer.from(cursor, "base64url");
    expect(new CursorSeal("cinema", { keys: [old] }).open("a", cursor)).toBeUndefined();
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(seal(old).open("a", changed.toString("base64url")), `byte ${at}`).toBeUndefined();
    }
    for (const other of ["", "!!", cursor.slice(0, 40), `${cursor}AAAA`, "A".repeat(5_000)])
      expect(seal(old).open("a", other)).toBeUndefined();
  });

  it("is refused by its length alone when it is longer than any", () => {
    const opener = seal(old);
    const read = vi.spyOn(Buffer, "from");
    expect(opener.open("a", "A".repeat(1_000_000))).toBeUndefined();
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  // Of business, whose companies sort by the longest column; other values of sort keys are numbers, days and codes.
  it.each(["z", '"', "Щ", "\u0001", "\u2028", "\u{10ffff}"])(
    "comes back to the list whose longest sort key is all %j",
    (character) => {
      const longest = [1_800, 40, 40, 40].map((length) => character.repeat(length));
      const { endCursor } = connection([longest], 1, (key) => key).pageInfo;
      const after = seal(old).open("a", seal(old).seal("a", endCursor!));
      const back = pageArguments({ after: after! }, 4).after!;
      // Compared here: what differs would be thousands of characters of a report.
      expect(back.map((value, index) => value === longest[index])).toEqual([
        true,
        true,
        true,
        true,
      ]);
    },
  );
});

describe("a schema whose cursors are sealed", () => {
  const rows = ["An", "Ân", "Đức"];
  const seen: unknown[] = [];
  const page = (args: { first?: number; after?: string }) => {
    const { first, after } = pageArguments(args, 1);
    seen.push(after);
    const rest = after === null ? rows : rows.slice(rows.indexOf(String(after[0])) + 1);
    return connection(rest.slice(0, first + 1), first, (name) => [name], after);
  };
  /** The same list in every shape in which graphql-js takes one. */
  const shapes: Record<string, (args: object) => unknown> = {
    "a plain object": page,
    "a promise": async (args) => page(args),
    "an object of functions": (args) => {
      const { edges, pageInfo } = page(args);
      return { edges: () => edges, pageInfo: async () => pageInfo };
    },
    "an object of getters over private fields": (args) => {
      const { edges, pageInfo } = page(args);
      return new (class {
        readonly #edges = edges.map(({ cursor }) => ({ cursor: async () => cursor }));
        readonly #pageInfo = pageInfo;
        get edges() {
          return this.#edges;
        }
        get pageInfo() {
          return this.#pageInfo;
        }
      })();
    },
  };
  const built = (list: (args: object) => unknown): GraphQLSchema => {
    const resolve: Resolver = (_root, args) => list(args);
    const resolvers = { ...library.resolvers, Query: { search: resolve, latecomers: resolve } };
    return buildSchema({ ...library, resolvers });
  };
  const ask = async (schema: GraphQLSchema, query: string, cursors = seal(old)) => {
    const { data, errors } = await execute({
      schema,
      document: parse(query),
      contextValue: { cursors, permit: { limits: { search: true } } },
    });
    return { data: data as any, errors: errors?.map(({ message }) => message) };
  };
  const FIELDS = "{ edges { cursor } pageInfo { startCursor endCursor hasNextPage } }";
  const plain = (name: string) => Buffer.from(JSON.stringify([name])).toString("base64url");

  it.each(Object.keys(shapes))("gives and takes them with %s", async (shape) => {
    const schema = built(shapes[shape]!);
    const one = await ask(schema, `{ search(filter: {}, first: 2) ${FIELDS} }`);
    const { edges, pageInfo } = one.data.search;
    expect(edges).toHaveLength(2);
    expect(pageInfo.startCursor).toBe(edges[0].cursor);
    expect(pageInfo.endCursor).toBe(edges[1].cursor);
    expect(seal(old).open('Query.search {"filter":{}}', edges[1].cursor)).toBe(plain("Ân"));
    const two = await ask(schema, `{ search(filter: {}, after: "${edges[1].cursor}") ${FIELDS} }`);
    expect(seen.at(-1)).toEqual(["Ân"]);
    expect(two.data.search.pageInfo).toMatchObject({ hasNextPage: false });
    expect(two.data.search.edges).toHaveLength(1);
  });

  it("refuses those of another list, of another filter, and plain ones", async () => {
    const schema = built(page);
    const { data } = await ask(schema, `{ search(filter: {born: "1990-02-28"}) ${FIELDS} }`);
    const cursor = data.search.edges[0].cursor as string;
    const search = (filter: string, after: string, field = "search") =>
      ask(schema, `{ ${field}(filter: {${filter}}, first: 1, after: "${after}") ${FIELDS} }`);
    expect((await search('born: "1990-02-28", id: null', cursor)).errors).toBeUndefined();
    for (const refused of [
      search('born: "1990-02-28"', cursor, "latecomers"),
      search('born: "1990-03-01"', cursor),
      search('born: "1990-02-28"', plain("An")),
      search('born: "1990-02-28"', ""),
    ]) {
      expect((await refused).errors).toEqual([REFUSAL]);
    }
  });

  it("knows each list of an operation by its place, under whatever name", async () => {
    const { data } = await ask(
      built(page),
      `{ a: search(filter: {}) ${FIELDS} b: search(filter: {born: "1990-02-28"}) ${FIELDS} c: latecomers(filter: {}) ${FIELDS} }`,
    );
    const cursors = ["a", "b", "c"].map((name) => data[name].pageInfo.endCursor);
    expect(new Set(cursors).size).toBe(3);
  });

  it.each(Object.keys(shapes))(
    "seals each row once, however often it is asked, with %s",
    async (shape) => {
      const cursors = seal(old);
      const sealing = vi.spyOn(cursors, "seal");
      const { data } = await ask(
        built(shapes[shape]!),
        `{
        a: search(filter: {}, first: 2) {
          edges { cursor x: cursor y: cursor } again: edges { z: cursor } pageInfo { startCursor endCursor e: endCursor }
        }
        b: latecomers(filter: {}, first: 1) { edges { cursor x: cursor } }
      }`,
        cursors,
      );
      const own = (list: string, name: string) =>
        seal(old).seal(`Query.${list} {"filter":{}}`, plain(name));
      const [an, ân] = [own("search", "An"), own("search", "Ân")];
      expect(data).toEqual({
        a: {
          edges: [an, ân].map((cursor) => ({ cursor, x: cursor, y: cursor })),
          again: [{ z: an }, { z: ân }],
          pageInfo: { startCursor: an, endCursor: ân, e: ân },
        },
        b: { edges: [{ cursor: own("latecomers", "An"), x: own("latecomers", "An") }] },
      });
      expect(sealing).toHaveBeenCalledTimes(3);
    },
  );
});
