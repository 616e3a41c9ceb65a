import type { GraphQLSchema } from "graphql";
import type { FetchDataRewrite, QueryPlanSelectionNode } from "../supergraph/planner.ts";
import { valueOf } from "../splice/piece.ts";
import { adopt, isMap, type ResultMap } from "./merge.ts";
import { applyRewrites, isOfType } from "./rewrites.ts";

/** The entity is of a type that the fetch does not ask about. */
export const OTHER_TYPE = Symbol("other type");
/** A field that the fetch needs is missing, because the fetch that should have given it failed. */
export const INCOMPLETE = Symbol("incomplete");

/** An entity's representation as JSON, or why there is none. */
export type RepresentationText = string | typeof OTHER_TYPE | typeof INCOMPLETE;

/** Writes one object of some type, or says that something is missing. */
type Writer = (source: ResultMap) => string | typeof INCOMPLETE;

/** What is cut out of objects, by the type they are of. */
type Selections = readonly QueryPlanSelectionNode[];

/** A field of objects of one type. */
interface Cut {
  readonly key: string;
  /** Of the objects that stand there; undefined where the value is taken as it is. */
  readonly inner: QueryPlanSelectionNode[] | undefined;
}

/** What a fetch needs to know of one entity: its key and required fields, cut out of the answer so far. */
export class RepresentationTexts {
  readonly #schema: GraphQLSchema;
  readonly #requires: Selections;
  readonly #rewrites: readonly FetchDataRewrite[];
  readonly #writers = new Map<string, Writer | undefined>();

  /** @param rewrites what is changed of representations before they are sent */
  constructor(
    requires: Selections,
    rewrites: readonly FetchDataRewrite[] | undefined,
    schema: GraphQLSchema,
  ) {
    this.#schema = schema;
    this.#requires = requires;
    this.#rewrites = rewrites ?? [];
  }

  of(entity: ResultMap): RepresentationText {
    const { __typename: type } = entity;
    if (typeof type !== "string") return this.#untyped(entity);
    let writer = this.#writers.get(type);
    if (writer === undefined) {
      if (this.#writers.has(type)) return OTHER_TYPE;
      // Names that are no type's are a subgraph's invention, and may be as many as it likes.
      if (this.#schema.getType(type) === undefined) return OTHER_TYPE;
      writer = this.#writerFor(type);
      this.#writers.set(type, writer);
      if (writer === undefined) return OTHER_TYPE;
    }
    return writer(entity);
  }

  /** The fields that are cut out of entities of a type, besides the type's name; undefined where some hold objects. */
  keysOf(type: string): readonly string[] | undefined {
    const cuts = this.#cutsOf(this.#requires, type);
    if (cuts.some(({ inner }) => inner !== undefined)) return undefined;
    return cuts.flatMap(({ key }) => (key === "__typename" ? [] : key));
  }

  #writerFor(type: string): Writer | undefined {
    const cuts = this.#cutsOf(this.#requires, type);
    if (!cuts.some(({ key }) => key === "__typename")) return undefined;
    const write = this.#writerOf(cuts, JSON.stringify(type));
    if (this.#rewrites.length === 0) return write;
    return (source) => {
      const text = write(source);
      if (text === INCOMPLETE) return text;
      const representation = adopt(JSON.parse(text));
      applyRewrites(this.#schema, this.#rewrites, representation);
      return JSON.stringify(representation);
    };
  }

  /** An object that does not name its type is of none that a fragment could ask for. */
  #untyped(entity: ResultMap): typeof OTHER_TYPE | typeof INCOMPLETE {
    const cuts = this.#cutsOf(this.#requires, undefined);
    return cuts.some(({ key }) => entity[key] === undefined) ? INCOMPLETE : OTHER_TYPE;
  }

  /** @param type an object type's name as JSON, for objects that are known to be of it */
  #writerOf(cuts: readonly Cut[], type?: string): Writer {
    const fields = cuts.map(({ key, inner }, index) => ({
      key,
      name: `${index === 0 ? "{" : ","}${JSON.stringify(key)}:`,
      write: inner === undefined ? undefined : this.#nested(inner),
      constant: key === "__typename" ? type : undefined,
    }));
    if (fields.length === 0) return () => "{}";
    return (source) => {
      let text = "";
      for (const { key, name, write, constant } of fields) {
        if (constant !== undefined) {
          text += name + constant;
          continue;
        }
        const value = source[key];
        if (value === undefined) return INCOMPLETE;
        const cut = write === undefined ? leafText(value) : write(value);
        if (cut === INCOMPLETE) return INCOMPLETE;
        text += name + cut;
      }
      return `${text}}`;
    };
  }

  /** Writes what stands under a key that has selections: objects of whichever types, and lists of them. */
  #nested(selections: Selections): (value: unknown) => string | typeof INCOMPLETE {
    const writers = new Map<string | undefined, Writer>();
    const writerFor = (type: string | undefined): Writer => {
      let writer = writers.get(type);
      if (writer === undefined) {
        writer = this.#writerOf(this.#cutsOf(selections, type));
        if (type === undefined || this.#schema.getType(type) !== undefined)
          writers.set(type, writer);
      }
      return writer;
    };
    const write = (given: unknown): string | typeof INCOMPLETE => {
      const value = valueOf(given);
      if (Array.isArray(value)) {
        const items = value.map(write);
        return items.includes(INCOMPLETE) ? INCOMPLETE : `[${items.join(",")}]`;
      }
      if (!isMap(value)) return leafText(value);
      const { __typename: type } = value;
      return writerFor(typeof type === "string" ? type : undefined)(value);
    };
    return write;
  }

  /** What selections come to for objects of a type, each key once. */
  #cutsOf(selections: Selections, type: string | undefined): Cut[] {
    const cuts = new Map<string, Cut>();
    const look = (each: Selections): void => {
      for (const selection of each) {
        if (selection.kind === "InlineFragment") {
          const { typeCondition, selections: inner } = selection;
          if (typeCondition === undefined || this.#isOf(type, typeCondition)) look(inner);
          continue;
        }
        const key = selection.alias ?? selection.name;
        const inner = [...(cuts.get(key)?.inner ?? []), ...(selection.selections ?? [])];
        cuts.set(key, { key, inner: selection.selections === undefined ? undefined : inner });
      }
    };
    look(selections);
    return [...cuts.values()];
  }

  #isOf(type: string | undefined, condition: string): boolean {
    return type !== undefined && isOfType(this.#schema, { __typename: type }, condition);
  }
}

function leafText(value: unknown): string {
  return JSON.stringify(valueOf(value));
}
