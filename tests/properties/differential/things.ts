import { ENTITY_INTERFACE, TYPES } from "./catalogue.ts";

/** An object of the invented world: its type and what tells it apart. */
export interface Thing {
  readonly __typename: string;
  readonly id: string;
}

export type Arguments = Readonly<Record<string, unknown>>;

/** How many things of a type there are. */
export const COUNT = 12;
const SHOPS_WITH_BRANCHES = 4;
const COUNTRIES = ["VN", "LA", "KH"] as const;

/** The thing that a subgraph's `_entities` is asked for; null where there is none. */
export function identified(type: string, given: Arguments): Thing | null {
  const { id, isbn, country, code, number, owner, shop, floor } = given;
  if (id !== undefined) {
    const thing = byId(id);
    const fits = thing?.__typename === type || type === ENTITY_INTERFACE;
    return fits ? thing : null;
  }
  if (isbn !== undefined) return byIsbn(isbn);
  if (code !== undefined) return byCode(country, code);
  if (number !== undefined) {
    const thing = byNumber("Shop", Number(number) / 10);
    return (owner as Thing).id === ownerOf(thing!).id ? thing : null;
  }
  if (floor !== undefined) {
    const of = numberOf(byId((shop as Thing).id)!);
    return byNumber("Branch", Number(floor) * SHOPS_WITH_BRANCHES + of);
  }
  throw new Error(`${type} is asked for by ${JSON.stringify(given)}`);
}

function numberOf({ id }: Thing): number {
  return Number(id.slice(id.indexOf(":") + 1));
}

function byNumber(type: string, number: unknown): Thing | null {
  const text = String(number);
  return /^\d+$/.test(text) && Number(text) < COUNT
    ? { __typename: type, id: `${type}:${text}` }
    : null;
}

function byIsbn(isbn: unknown): Thing | null {
  return typeof isbn === "string" ? byNumber("Book", isbn.slice("isbn-".length)) : null;
}

function byId(id: unknown): Thing | null {
  const [type = "", number = ""] = String(id).split(":");
  return TYPES.get(type)?.keys !== undefined && type !== ENTITY_INTERFACE
    ? byNumber(type, number)
    : null;
}

function byCode(country: unknown, code: unknown): Thing | null {
  const at = COUNTRIES.indexOf(country as (typeof COUNTRIES)[number]);
  return at === -1 ? null : byNumber("Person", Number(code) * COUNTRIES.length + at);
}

function ownerOf(shop: Thing): Thing {
  return { __typename: "Person", id: `Person:${(numberOf(shop) * 5) % COUNT}` };
}

/** What is part of a key; undefined for everything else. */
export function keyValue(thing: Thing, name: string): unknown {
  const { __typename: type, id } = thing;
  if (name === "id") return id;
  const coordinate = `${type}.${name}`;
  const number = numberOf(thing);
  switch (coordinate) {
    case "Book.isbn":
      return `isbn-${number}`;
    case "Person.country":
      return pick(COUNTRIES, number);
    case "Person.code":
      return Math.floor(number / COUNTRIES.length);
    case "Shop.number":
      return number * 10;
    case "Shop.owner":
      return ownerOf(thing);
    case "Branch.shop":
      return { __typename: "Shop", id: `Shop:${number % SHOPS_WITH_BRANCHES}` };
    case "Branch.floor":
      return Math.floor(number / SHOPS_WITH_BRANCHES);
    default:
      return undefined;
  }
}

/** What a root field finds by its argument; undefined where it finds something else. */
export function lookedUp(
  name: string,
  { id, isbn, country, code }: Arguments,
): Thing | null | undefined {
  const of = (type: string): Thing | null => {
    const thing = byId(id);
    return thing?.__typename === type ? thing : null;
  };
  switch (name) {
    case "book":
      return of("Book");
    case "song":
      return of("Song");
    case "shop":
      return of("Shop");
    case "item":
      return of("Book") ?? of("Film");
    case "media":
      return of("Song") ?? of("Video");
    case "bookBy":
      return byIsbn(isbn);
    case "person":
      return byCode(country, code);
    default:
      return undefined;
  }
}

export function pick<T>(from: readonly T[], at: number): T {
  return from[at % from.length]!;
}
