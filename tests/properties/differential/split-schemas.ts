import { Kind, type SelectionSetNode } from "graphql";
import {
  CATALOGUE,
  COMMON,
  ENTITY_INTERFACE,
  implementersOf,
  isEntity,
  namedIn,
  TYPES,
  type FieldFacts,
  type TypeFacts,
} from "./catalogue.ts";
import { fieldOf, isValue, providedTypes, selectionsOf, type Split } from "./random-split.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@interfaceObject"])`;

/** The same types in one schema, as callers of the federation see them. @param nullable without `!` at what is given */
export function monolithSchema(split: Split, { nullable = false } = {}): string {
  const parts = CATALOGUE.map((type) => {
    if (type.kind === "union") return `union ${type.name} = ${type.members!.join(" | ")}`;
    const fields = [...(type.keyFields ?? []), ...type.fields, ...fromInterface(type)]
      .filter((field) => isKnown(split, type, field.name))
      .map(({ name, args = "", type: given }) => {
        return `  ${name}${args}: ${nullable ? given.replaceAll("!", "") : given}`;
      });
    if (type.kind === "interface" && !isEntity(type)) fields.push(...commonFields(type, nullable));
    return block(
      type.kind === "interface" ? "interface" : "type",
      type,
      implementing(type),
      fields,
    );
  });
  return [COMMON, ...parts].join("\n");
}

/** What the implementers of the entity interface have of others. */
function fromInterface(type: TypeFacts): FieldFacts[] {
  if (type.implements?.includes(ENTITY_INTERFACE) !== true) return [];
  return TYPES.get(ENTITY_INTERFACE)!.fields.filter(({ athome }) => athome !== true);
}

function commonFields({ name }: TypeFacts, nullable: boolean): string[] {
  return CATALOGUE.every(({ implements: all, keyFields = [] }) =>
    all?.includes(name) === true ? keyFields.some((each) => each.name === "id") : true,
  )
    ? [nullable ? "  id: ID" : "  id: ID!"]
    : [];
}

/** Whether callers see a field at all: computed ones are left out where no subgraph could compute them. */
export function isKnown(split: Split, type: TypeFacts, name: string): boolean {
  if (isValue(type)) return true;
  if ((type.keyFields ?? []).some((each) => each.name === name)) return true;
  if (type.kind === "interface" && !isEntity(type))
    return Array.from({ length: split.subgraphs }, (_, index) => index).some((index) =>
      new Schema(split, index).hasInterfaceField(type, name),
    );
  const owner = type.fields.some((each) => each.name === name) ? type.name : ENTITY_INTERFACE;
  return split.homes.has(`${owner}.${name}`);
}

/** One subgraph's schema as its agency would write it. */
export function subgraphSchema(split: Split, index: number): string {
  return new Schema(split, index).text();
}

/** Whether a subgraph finds an entity by what a representation says. */
export function isFound(
  { keys, unresolvable }: Split,
  index: number,
  type: string,
  given: Readonly<Record<string, unknown>>,
): boolean {
  const some = keys[index]!.get(type) ?? [];
  const isGiven = (key: string): boolean =>
    selectionsOf(key).selections.every(
      (node) => node.kind === Kind.FIELD && node.name.value in given,
    );
  return [...some, "id"].some(
    (key) => !unresolvable.has(`${index} ${type} ${key}`) && isGiven(key),
  );
}

/** Whether a subgraph has a field of an entity only as what others hand over. */
export function isHandedOver(split: Split, index: number, type: string, field: string): boolean {
  return new Schema(split, index).externals(TYPES.get(type)!).has(field);
}

function implementing({ implements: names = [] }: TypeFacts): string {
  return names.length === 0 ? "" : ` implements ${names.join(" & ")}`;
}

function block(word: string, { name }: TypeFacts, head: string, fields: readonly string[]): string {
  return `${word} ${name}${head} {\n${fields.join("\n")}\n}`;
}

class Schema {
  readonly #split: Split;
  readonly #index: number;
  readonly #declared = new Set<string>();
  /** Fields of entities that are handed over, by type. */
  readonly #externals = new Map<string, Set<string>>();

  constructor(split: Split, index: number) {
    this.#split = split;
    this.#index = index;
    for (const type of CATALOGUE) {
      if (type.kind === "root" || type.keys === undefined) continue;
      if (type.fields.some(({ name }) => this.#isHere(type, name))) this.#declare(type.name);
    }
    this.#declareAll(TYPES.get("Query")!);
    if (index === split.interfaceHome) this.#declare(ENTITY_INTERFACE);
  }

  text(): string {
    const parts = CATALOGUE.flatMap((type) => this.#text(type) ?? []);
    return [LINK, COMMON, ...parts].join("\n");
  }

  externals({ name }: TypeFacts): ReadonlySet<string> {
    return this.#externals.get(name) ?? new Set();
  }

  hasInterfaceField({ name: of }: TypeFacts, name: string): boolean {
    return (
      this.#declared.has(of) &&
      implementersOf(of).every((type) =>
        this.#split.homes.get(`${type.name}.${name}`)?.has(this.#index),
      )
    );
  }

  #isHere({ name: type }: TypeFacts, name: string): boolean {
    const coordinate = `${type}.${name}`;
    return (
      this.#split.homes.get(coordinate)?.has(this.#index) === true ||
      this.#split.overridden.get(coordinate) === this.#index
    );
  }

  /** A type, and all that is within reach of what this subgraph has of it. */
  #declare(name: string): void {
    const type = TYPES.get(name);
    if (type === undefined || this.#declared.has(name)) return;
    this.#declared.add(name);
    for (const member of type.members ?? []) this.#declare(member);
    if (type.kind === "interface" && (!isEntity(type) || this.#index === this.#split.interfaceHome))
      for (const each of implementersOf(name)) this.#declare(each.name);
    for (const key of this.#keysOf(type)) this.#declareSet(type, selectionsOf(key));
    this.#declareAll(type);
  }

  #declareAll(type: TypeFacts): void {
    for (const field of type.fields) {
      const { name, requires } = field;
      if (!isValue(type) && !this.#isHere(type, name)) continue;
      this.#declare(namedIn(this.#saidOf(type, field)));
      if (requires !== undefined) this.#handOver(type, selectionsOf(requires));
      const provided = this.#split.provides.get(`${this.#index} ${type.name}.${name}`);
      if (provided !== undefined)
        for (const each of providedTypes(`${this.#index} ${type.name}.${name}`))
          this.#handOver(TYPES.get(each)!, selectionsOf(provided));
    }
  }

  /** The type that this subgraph says a field is of. */
  #saidOf({ name: type }: TypeFacts, { name, type: given, really }: FieldFacts): string {
    const isNarrow = this.#split.narrow.get(`${type}.${name}`) === this.#index;
    return isNarrow ? really! : given;
  }

  #declareSet(type: TypeFacts, { selections }: SelectionSetNode): void {
    for (const node of selections)
      if (node.kind === Kind.FIELD) this.#declare(namedIn(fieldOf(type, node.name.value).type));
  }

  #handOver(type: TypeFacts, { selections }: SelectionSetNode): void {
    this.#declare(type.name);
    for (const node of selections) {
      if (node.kind !== Kind.FIELD) continue;
      const given = fieldOf(type, node.name.value);
      const isOwn = isValue(type) || this.#keyFieldsOf(type).some((each) => each === given);
      if (!isOwn) {
        const known = this.#externals.get(type.name) ?? new Set<string>();
        this.#externals.set(type.name, known.add(given.name));
      }
      this.#declare(namedIn(given.type));
      if (node.selectionSet !== undefined)
        this.#handOver(TYPES.get(namedIn(given.type))!, node.selectionSet);
    }
  }

  /** `id` beside the others where an interface promises it, or another entity's key goes through it. */
  #keysOf(type: TypeFacts): readonly string[] {
    const keys = this.#split.keys[this.#index]!.get(type.name) ?? [];
    const needsId = type.keys?.includes("id") === true && !keys.includes("id");
    return needsId && (this.#isPromisedId(type) || this.#isInKey(type)) ? [...keys, "id"] : keys;
  }

  #isPromisedId({ implements: names = [] }: TypeFacts): boolean {
    return names.length > 0;
  }

  #isInKey({ name }: TypeFacts): boolean {
    return name === "Person" || name === "Shop";
  }

  #keyFieldsOf(type: TypeFacts): FieldFacts[] {
    const used = new Set(
      this.#keysOf(type).flatMap((key) =>
        selectionsOf(key).selections.flatMap((node) =>
          node.kind === Kind.FIELD ? [node.name.value] : [],
        ),
      ),
    );
    return (type.keyFields ?? []).filter(({ name }) => used.has(name));
  }

  #text(type: TypeFacts): string | undefined {
    if (type.kind === "union")
      return this.#declared.has(type.name)
        ? `union ${type.name} = ${type.members!.join(" | ")}`
        : undefined;
    const own = type.fields.filter(({ name }) => this.#isHere(type, name));
    if (type.kind === "root")
      return own.length === 0
        ? undefined
        : block(
            "type",
            type,
            "",
            own.map((field) => this.#field(type, field)),
          );
    if (!this.#declared.has(type.name)) return undefined;
    if (isValue(type))
      return block(
        "type",
        type,
        " @shareable",
        type.fields.map((field) => fieldText(field)),
      );
    if (type.kind === "interface" && !isEntity(type))
      return block("interface", type, "", [
        "  id: ID!",
        ...type.fields
          .filter(({ name }) => this.hasInterfaceField(type, name))
          .map((field) => fieldText(field)),
      ]);
    return this.#entity(type, own);
  }

  #entity(type: TypeFacts, own: readonly FieldFacts[]): string {
    const externals = [...this.externals(type)]
      .filter((name) => !own.some((field) => field.name === name))
      .map((name) => `${fieldText(fieldOf(type, name))} @external`);
    const fields = [
      ...this.#keyFieldsOf(type).map((field) => fieldText(field)),
      ...own.map((field) => this.#field(type, field)),
      ...externals,
    ];
    const isObject = type.kind === "object" || this.#index !== this.#split.interfaceHome;
    const isOnlyId = this.#keysOf(type).every((key) => key === "id");
    const isWay = own.length > 0 || type.kind === "interface" || !isOnlyId;
    const keys = this.#keysOf(type).map((key) => {
      const isFound = isWay && !this.#split.unresolvable.has(`${this.#index} ${type.name} ${key}`);
      return ` @key(fields: "${key}"${isFound ? "" : ", resolvable: false"})`;
    });
    const isInterface = type.kind === "interface" && isObject;
    const promised = (type.implements ?? []).filter((name) => this.#declared.has(name));
    const head = promised.length === 0 ? "" : ` implements ${promised.join(" & ")}`;
    const word = isObject ? "type" : "interface";
    return block(
      word,
      type,
      `${head}${isInterface ? " @interfaceObject" : ""}${keys.join("")}`,
      fields,
    );
  }

  #field(type: TypeFacts, field: FieldFacts): string {
    const { homes, overridden, provides } = this.#split;
    const coordinate = `${type.name}.${field.name}`;
    const isOwner = homes.get(coordinate)!.has(this.#index);
    const isShared = homes.get(coordinate)!.size > 1 || this.#isProvidedSomewhere(type, field);
    const from = overridden.get(coordinate);
    const provided = provides.get(`${this.#index} ${coordinate}`);
    return [
      fieldText({ ...field, type: this.#saidOf(type, field) }),
      isShared ? "@shareable" : "",
      field.requires === undefined ? "" : `@requires(fields: "${field.requires}")`,
      isOwner && provided !== undefined
        ? `@provides(fields: "${providedText(`${this.#index} ${coordinate}`, provided)}")`
        : "",
      isOwner && from !== undefined ? `@override(from: "g${from}")` : "",
    ]
      .filter((part) => part !== "")
      .join(" ");
  }

  #isProvidedSomewhere({ name: type }: TypeFacts, { name }: FieldFacts): boolean {
    return [...this.#split.provides].some(
      ([from, field]) => field === name && providedTypes(from).includes(type),
    );
  }
}

/** Of an interface, what is provided is so of each of its types by itself. */
function providedText(from: string, field: string): string {
  const types = providedTypes(from);
  return types.length === 1 ? field : types.map((each) => `... on ${each} { ${field} }`).join(" ");
}

function fieldText({ name, args = "", type }: FieldFacts): string {
  return `  ${name}${args}: ${type}`;
}
