import { buildSchema, parse } from "graphql";
import { afterEach, describe, expect, it } from "vitest";
import { AskedFields, fieldsOfDocument } from "./asked-fields.ts";
import { defineColumns, guard } from "./columns.ts";

const schema = buildSchema(/* GraphQL */ `
  type Query {
    ship: Ship
    thing: Thing
  }
  interface Thing {
    name: String
  }
  type Ship implements Thing {
    id: ID
    name: String
    tons: Int
    berth: String
    sister: Ship
  }
`);

interface Ship {
  id: string;
  name: string;
  tons: number;
  berth: { port: string; pier: number } | null;
}

const columns = defineColumns<Ship>("Ship", {
  id: { columns: ["code as id"], fields: "all" },
  name: { columns: ["name"] },
  tons: { columns: ["tons"], fields: ["tons", "name"] },
  berth: {
    columns: ["port", "pier"],
    read: ({ port, pier }) => (port === null ? null : { port, pier }),
  },
});

const asked = (...texts: string[]) =>
  new AskedFields(texts.map((text) => fieldsOfDocument(schema, parse(text))));

describe("the columns of a type", () => {
  afterEach(() => {
    guard.rows = false;
  });

  it("are those that the fields asked for need, and what is always needed", () => {
    expect(columns.select(asked("{ ship { __typename } }"))).toEqual(["code as id"]);
    expect(columns.select(asked("{ ship { berth } }"))).toEqual(["code as id", "port", "pier"]);
    expect(columns.select(asked("{ ship { name } }"))).toEqual(["code as id", "name", "tons"]);
    expect(columns.select(asked("{ ship { id } }"), ["berth"])).toEqual([
      "code as id",
      "port",
      "pier",
    ]);
  });

  it("are all where nobody says what is asked for", () => {
    expect(columns.select()).toEqual(["code as id", "name", "tons", "port", "pier"]);
  });

  it("serve all operations of a request, wherever they ask, and through interfaces and fragments", () => {
    const both = asked(
      "{ ship { sister { berth } } }",
      "{ ship { ...F } } fragment F on Ship { tons }",
    );
    expect(columns.select(both)).toEqual(["code as id", "tons", "port", "pier"]);
    expect(columns.select(asked("{ thing { name } }"))).toEqual(["code as id", "name", "tons"]);
    expect(columns.select(asked("{ ship { tons @skip(if: true) } }"))).toEqual([
      "code as id",
      "tons",
    ]);
  });

  it("make rows of what was read", () => {
    const [ship] = columns.read(
      [{ id: "a", port: "Hải Phòng", pier: 4 }],
      asked("{ ship { berth } }"),
    );
    expect(ship).toMatchObject({ id: "a", berth: { port: "Hải Phòng", pier: 4 } });
    const [adrift] = columns.read(
      [{ id: "a", port: null, pier: null }],
      asked("{ ship { berth } }"),
    );
    expect(adrift!.berth).toBeNull();
  });

  it("let a guarded row fail where a property was not selected, and nowhere else", () => {
    guard.rows = true;
    const [ship] = columns.read([{ id: "a", tons: 7 }], asked("{ ship { tons } }"));
    expect(ship!.tons).toBe(7);
    expect(() => ship!.name).toThrow("Ship: the property name was not selected");
    expect(() => ship!.berth).toThrow("Ship: the property berth was not selected");
    expect((ship as { then?: unknown }).then).toBeUndefined();
    expect("toString" in ship!).toBe(true);
  });

  it("are refused when a property is not what its column is called", () => {
    expect(() => defineColumns<{ id: string }>("Ship", { id: { columns: ["code"] } })).toThrow(
      "Ship.id: one column of its name, or a way to read it",
    );
  });
});
