/** A field as everybody knows it, whoever resolves it. */
export interface FieldFacts {
  readonly name: string;
  /** GraphQL text. */
  readonly type: string;
  /** GraphQL text with its parentheses. */
  readonly args?: string;
  /** The field set from which its value is computed. Only nullable fields that are in no key, apart from what they are reached by. */
  readonly requires?: string;
  /** The type that its values are of, where `type` leaves several open: one of two subgraphs that have it says so. */
  readonly really?: string;
  /** Resolved where the entity interface is at home, and nowhere else. */
  readonly athome?: boolean;
}

export interface TypeFacts {
  readonly name: string;
  /** An `object` is an entity where it has keys, and a value otherwise. */
  readonly kind: "root" | "object" | "interface" | "union";
  readonly keys?: readonly string[];
  /** What its keys are made of. */
  readonly keyFields?: readonly FieldFacts[];
  readonly fields: readonly FieldFacts[];
  readonly implements?: readonly string[];
  readonly members?: readonly string[];
}

const field = (text: string): FieldFacts => {
  const [, name = "", args = "", type = "", , really, , requires] =
    /^(\w+)(\(.*?\))?: ([^@]+?)( @really (.*))?( @requires (.*))?$/.exec(text) ?? [];
  return {
    name,
    type,
    ...(args === "" ? {} : { args }),
    ...(really === undefined ? {} : { really }),
    ...(requires === undefined ? {} : { requires }),
  };
};
const fields = (text: string): FieldFacts[] =>
  text
    .trim()
    .split("\n")
    .map((line) => field(line.trim()));
const athome = (text: string): FieldFacts[] =>
  fields(text).map((each) => ({ ...each, athome: true }));

const ID = "id: ID!";

/** Scalars, enums and inputs, alike everywhere. */
export const COMMON = `
scalar Json
enum Currency { VND USD EUR }
enum Unit { CM INCH }
enum Kind { PAPER DIGITAL }
input Range { from: Int = 1 to: Int step: Float = 0.5 }
input Filter { text: String = "any" kinds: [Kind!] range: Range all: [Filter!] ids: [[ID]] exact: Boolean! = false }
`;

/**
 * What there is: books and films with makers, shops with branches, songs and videos. Every way in which types hang
 * together is in it: keys of one field, of several and of other entities' keys, several for one type; values, unions,
 * interfaces, one of them an entity of its own; lists of lists, what must not be null; fields computed of others, of
 * others' arguments and of what is computed itself.
 */
export const CATALOGUE: readonly TypeFacts[] = [
  {
    name: "Query",
    kind: "root",
    fields: [
      ...fields(`
        book(id: ID!): Book
        bookBy(isbn: String!): Book
        bookLike(id: ID!): Book
        strictBook(n: Int! = 2): Book!
        person(country: String!, code: Int!): Person
        people(filter: Filter = {range: {to: 3}}): [Person]!
        item(id: ID!): Item
        items(first: Int = 3, filter: Filter): [Item]
        shelves: [[Item!]]
        named(text: String): [Named]
        found(text: String!, in: [Kind!] = [PAPER]): [Found!]!
        anything(n: Int): Found
        shop(id: ID!): Shop
        shops(first: Int! = 2): [Shop!]
        branches: [[Branch]!]
        media(id: ID!): Media
        top(n: Float = 1.5): Media
        medias: [Media!]
        note: Note
        grid(size: [Int!]! = [1, 2]): [[Int]!]
        echo(filter: Filter, kinds: [[Kind]], at: Range = {to: 7}, id: ID = 5, is: Boolean): String
        gem: Found @really Book
        must: String!
      `),
      ...athome(`
        song(id: ID!): Song
        songs: [Song!]
      `),
    ],
  },
  {
    name: "Book",
    kind: "object",
    implements: ["Item"],
    keys: ["id", "isbn"],
    keyFields: [field(ID), field("isbn: String!")],
    fields: fields(`
      title: String!
      tags: [String!]
      maker: Person
      related(first: Int = 2): [Item]
      pages: Int
      size: Size
      price(currency: Currency = VND, at: Range): Int
      weight: String @requires size { height unit }
      tax: Int @requires price(currency: USD)
      levy: String @requires tax pages
      duty: Int @requires price(currency: EUR)
      fare: String @requires price size { unit }
      twins: [Item] @really [Book]
      sequel: Book
      strictSequel: Book!
      copies: [[Copy!]]
      raw: Json
      at: Shop
    `),
  },
  {
    name: "Film",
    kind: "object",
    implements: ["Item"],
    keys: ["id"],
    keyFields: [field(ID)],
    fields: fields(`
      title: String
      tags: [String!]
      maker: Person
      related(first: Int = 2): [Item]
      minutes: Int!
      cast: [Person!]!
      basedOn: Book
      poster: Size
      blurb(in: [Kind!]): String @requires basedOn { pages } title
      cheap: String @requires basedOn { price(currency: USD) }
      dear: String @requires basedOn { price(currency: EUR, at: {from: 2}) pages }
    `),
  },
  {
    name: "Person",
    kind: "object",
    implements: ["Named"],
    keys: ["id", "country code"],
    keyFields: [field(ID), field("country: String!"), field("code: Int!")],
    fields: fields(`
      name: String
      born: Int
      works(first: Int = 2, filter: Filter): [Item!]
      friends: [Person]
      boss: Person!
      favourite: Found
      address: Address
      likes: Media
      label: String @requires name born
      card: String @requires label
      mentor: Named @really Person
      runs: [Shop!]
    `),
  },
  {
    name: "Shop",
    kind: "object",
    implements: ["Named"],
    keys: ["id", "number owner { id }"],
    keyFields: [field(ID), field("number: Int!"), field("owner: Person!")],
    fields: fields(`
      name: String
      motto(kind: Kind = DIGITAL): String
      sells: [Item]
      branches: [Branch!]
      stars: Float
      summary: String @requires owner { name } motto(kind: PAPER)
      jingle: String @requires motto(kind: DIGITAL)
    `),
  },
  {
    name: "Branch",
    kind: "object",
    keys: ["shop { id } floor"],
    keyFields: [field("shop: Shop!"), field("floor: Int!")],
    fields: fields(`
      area: Float!
      keeper: Person
      note: Note
      window: [[String!]!]!
    `),
  },
  {
    name: "Song",
    kind: "object",
    implements: ["Media"],
    keys: ["id"],
    keyFields: [field(ID)],
    fields: athome(`
      length: Int
      singer: Person
      lyrics: String!
    `),
  },
  {
    name: "Video",
    kind: "object",
    implements: ["Media"],
    keys: ["id"],
    keyFields: [field(ID)],
    fields: athome(`
      length: Int
      frame: Size
    `),
  },
  {
    name: "Size",
    kind: "object",
    fields: fields(`
      height: Int
      width: Int!
      unit: Unit
    `),
  },
  {
    name: "Copy",
    kind: "object",
    fields: fields(`
      shelf: String
      of: Book
      size: Size!
    `),
  },
  {
    name: "Address",
    kind: "object",
    fields: fields(`
      street: String
      lines: [String]!
      city: City
    `),
  },
  {
    name: "City",
    kind: "object",
    fields: fields(`
      name: String!
      grid: [[Int]]
    `),
  },
  {
    name: "Note",
    kind: "object",
    fields: fields(`
      text: String!
      about: Found
      size: Size
    `),
  },
  { name: "Found", kind: "union", fields: [], members: ["Book", "Film", "Person", "Note"] },
  {
    name: "Item",
    kind: "interface",
    fields: fields(`
      title: String
      tags: [String!]
      maker: Person
      related(first: Int = 2): [Item]
    `),
  },
  { name: "Named", kind: "interface", fields: fields("name: String") },
  {
    name: "Media",
    kind: "interface",
    keys: ["id"],
    keyFields: [field(ID)],
    fields: [
      ...athome("length: Int"),
      ...fields(`
        rating: Float
        by: Person
        score: String @requires rating length
        fame: String @requires score
        akin: Media @requires rating
      `),
    ],
  },
];

export const TYPES: ReadonlyMap<string, TypeFacts> = new Map(
  CATALOGUE.map((type) => [type.name, type]),
);

/** The interface that is an entity: one subgraph has its implementers, and to the others it is an object. */
export const ENTITY_INTERFACE = "Media";

/** The types of an interface. */
export function implementersOf(name: string): readonly TypeFacts[] {
  return CATALOGUE.filter((type) => type.implements?.includes(name) === true);
}

export function isEntity({ keys }: TypeFacts): boolean {
  return keys !== undefined;
}

/** The type's name within `[[%!]!]!`. */
export function namedIn(type: string): string {
  return type.replaceAll(/[[\]!]/g, "");
}
