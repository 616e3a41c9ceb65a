import { parse, Kind, type SelectionSetNode } from "graphql";
import { tapeOf, type Tape } from "../tape.ts";
import {
  CATALOGUE,
  ENTITY_INTERFACE,
  implementersOf,
  isEntity,
  namedIn,
  TYPES,
  type FieldFacts,
  type TypeFacts,
} from "./catalogue.ts";

/** Who resolves what of the catalogue. Coordinates are `Type.field`. */
export interface Split {
  readonly seed: number;
  readonly subgraphs: number;
  /** The subgraphs that resolve a field that is in no key. A field of no subgraph is in no schema. */
  readonly homes: ReadonlyMap<string, ReadonlySet<number>>;
  /** The keys by which a subgraph knows an entity, by the type's name; `declares` says where. */
  readonly keys: readonly ReadonlyMap<string, readonly string[]>[];
  /** Whose the entity interface's implementers are. */
  readonly interfaceHome: number;
  /** The field that `subgraph` gives along with one that leads to an entity; keys are `subgraph Type.field`. */
  readonly provides: ReadonlyMap<string, string>;
  /** The subgraph that says what a field's values really are. */
  readonly narrow: ReadonlyMap<string, number>;
  /** The keys by which a subgraph finds nothing: `subgraph Type key`. */
  readonly unresolvable: ReadonlySet<string>;
  /** The subgraph a field was taken over from, which still has it. */
  readonly overridden: ReadonlyMap<string, number>;
}

/** The field set as GraphQL has selections. */
export function selectionsOf(fieldSet: string): SelectionSetNode {
  const [operation] = parse(`{ ${fieldSet} }`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`no field set: ${fieldSet}`);
  return operation.selectionSet;
}

export function fieldOf(type: TypeFacts, name: string): FieldFacts {
  const found = [...(type.keyFields ?? []), ...type.fields].find((each) => each.name === name);
  if (found === undefined) throw new Error(`${type.name} has no field ${name}`);
  return found;
}

/** Every coordinate a field set reads that is in no key: what others must give. */
export function inputsOf(type: TypeFacts, { selections }: SelectionSetNode): string[] {
  return selections.flatMap((node) => {
    if (node.kind !== Kind.FIELD) return [];
    const name = node.name.value;
    const inner =
      node.selectionSet === undefined
        ? []
        : inputsOf(TYPES.get(namedIn(fieldOf(type, name).type))!, node.selectionSet);
    const isPartOfKey = (type.keyFields ?? []).some((each) => each.name === name);
    return isPartOfKey || isValue(type) ? inner : [`${type.name}.${name}`, ...inner];
  });
}

/** The types of what `subgraph Type.field` provides something of: the one it leads to, or those of an interface. */
export function providedTypes(from: string): readonly string[] {
  const [type = "", name = ""] = from.slice(from.indexOf(" ") + 1).split(".");
  const given = namedIn(fieldOf(TYPES.get(type)!, name).type);
  const implementers = implementersOf(given).map((each) => each.name);
  return implementers.length === 0 ? [given] : implementers;
}

/** Its fields are wherever it is. */
export function isValue(type: TypeFacts): boolean {
  return type.kind === "object" && !isEntity(type);
}

/** The split of a seed; the same for the same seed. */
export function randomSplit(seed: number): Split {
  return new Splitting(seed).split();
}

class Splitting {
  readonly #seed: number;
  readonly #tape: Tape;
  readonly #subgraphs: number;
  readonly #homes = new Map<string, Set<number>>();
  readonly #provides = new Map<string, string>();
  readonly #narrow = new Map<string, number>();
  readonly #unresolvable = new Set<string>();
  readonly #overridden = new Map<string, number>();
  readonly #interfaceHome: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#tape = tapeOf(seed, 2_000);
    this.#subgraphs = 2 + this.#tape.below(3);
    this.#interfaceHome = this.#subgraph();
  }

  split(): Split {
    const keys = this.#keys();
    for (const type of CATALOGUE)
      for (const field of type.fields) if (field.requires === undefined) this.#place(type, field);
    for (const type of CATALOGUE)
      for (const field of type.fields) if (field.requires !== undefined) this.#compute(type, field);
    this.#provide();
    this.#takeOver();
    return {
      seed: this.#seed,
      subgraphs: this.#subgraphs,
      homes: this.#homes,
      keys,
      interfaceHome: this.#interfaceHome,
      provides: this.#provides,
      narrow: this.#narrow,
      unresolvable: this.#unresolvable,
      overridden: this.#overridden,
    };
  }

  #subgraph(): number {
    return this.#tape.below(this.#subgraphs);
  }

  /**
   * Each subgraph has some of a type's keys, in any order, and finds things by one of them at least; one has them all and
   * finds things by each, so that there is a way from each to each.
   */
  #keys(): Map<string, string[]>[] {
    const all = Array.from({ length: this.#subgraphs }, () => new Map<string, string[]>());
    for (const { name, keys } of CATALOGUE) {
      if (keys === undefined) continue;
      const bridge = this.#subgraph();
      all.forEach((of, index) => {
        const some = keys.filter(() => this.#tape.chance(index === bridge ? 100 : 55));
        if (this.#tape.chance(50)) some.reverse();
        of.set(name, some.length > 0 ? some : [this.#tape.pick(keys)]);
        if (index === bridge || some.length < 2 || !this.#tape.chance(40)) return;
        this.#unresolvable.add(`${index} ${name} ${this.#tape.pick(some)}`);
      });
    }
    return all;
  }

  #place(type: TypeFacts, field: FieldFacts): void {
    if (isValue(type)) return;
    // Fields of an interface are wherever all its implementers have them.
    if (type.kind === "interface" && !isEntity(type)) return;
    const coordinate = `${type.name}.${field.name}`;
    if (field.athome === true) {
      this.#homes.set(coordinate, new Set([this.#interfaceHome]));
      return;
    }
    const homes = new Set([this.#subgraph()]);
    if (this.#tape.chance(20) || field.really !== undefined) homes.add(this.#subgraph());
    if (field.really !== undefined && homes.size > 1)
      this.#narrow.set(coordinate, this.#tape.pick([...homes]));
    if (type.name === ENTITY_INTERFACE) homes.delete(this.#interfaceHome);
    if (homes.size > 0) this.#homes.set(coordinate, homes);
  }

  /** Where nothing it needs is at home, so that all of it is handed over; nowhere where there is no such place. */
  #compute(type: TypeFacts, { name, requires }: FieldFacts): void {
    const inputs = inputsOf(type, selectionsOf(requires!));
    if (inputs.some((input) => !this.#homes.has(input))) return;
    const possible = Array.from({ length: this.#subgraphs }, (_, index) => index).filter(
      (index) =>
        !(type.name === ENTITY_INTERFACE && index === this.#interfaceHome) &&
        inputs.every((input) => !this.#homes.get(input)!.has(index)),
    );
    if (possible.length > 0)
      this.#homes.set(`${type.name}.${name}`, new Set([this.#tape.pick(possible)]));
  }

  #provide(): void {
    for (const type of CATALOGUE) {
      for (const { name, type: given, requires } of type.fields) {
        const target = TYPES.get(namedIn(given));
        const homes = this.#homes.get(`${type.name}.${name}`);
        if (requires !== undefined || homes === undefined || target === undefined) continue;
        const isInterface = target.kind === "interface" && !isEntity(target);
        if (!isInterface && (target.kind !== "object" || !isEntity(target))) continue;
        const types = isInterface ? implementersOf(target.name) : [target];
        for (const home of homes) {
          if (!this.#tape.chance(30)) continue;
          // Who says what the values are provides nothing of what they might be.
          if (this.#narrow.get(`${type.name}.${name}`) === home) continue;
          const givable = target.fields.filter(
            (field) =>
              field.args === undefined &&
              field.requires === undefined &&
              field.athome !== true &&
              !TYPES.has(namedIn(field.type)) &&
              types.every(
                (each) => this.#homes.get(`${each.name}.${field.name}`)?.has(home) === false,
              ),
          );
          if (givable.length > 0)
            this.#provides.set(`${home} ${type.name}.${name}`, this.#tape.pick(givable).name);
        }
      }
    }
  }

  #takeOver(): void {
    const provided = new Set(
      [...this.#provides].flatMap(([from, field]) =>
        providedTypes(from).map((type) => `${type}.${field}`),
      ),
    );
    const read = new Set(
      CATALOGUE.flatMap((type) =>
        type.fields.flatMap(({ requires }) =>
          requires === undefined ? [] : inputsOf(type, selectionsOf(requires)),
        ),
      ),
    );
    for (const type of CATALOGUE) {
      if (type.kind !== "object" || isValue(type)) continue;
      const promised = (type.implements ?? []).flatMap((name) => TYPES.get(name)!.fields);
      for (const { name, requires, athome, really } of type.fields) {
        const coordinate = `${type.name}.${name}`;
        const homes = this.#homes.get(coordinate);
        if (homes?.size !== 1 || requires !== undefined || athome === true) continue;
        if (really !== undefined) continue;
        if (provided.has(coordinate) || read.has(coordinate)) continue;
        if (promised.some((each) => each.name === name) || !this.#tape.chance(20)) continue;
        const from = this.#subgraph();
        if (!homes.has(from)) this.#overridden.set(coordinate, from);
      }
    }
  }
}
