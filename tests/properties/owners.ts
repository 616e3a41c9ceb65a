import type { Thing, World } from "./random-data.ts";
import type { Model } from "./random-federation.ts";

/**
 * Whose data the things hold that somebody comes by, told by the world itself: each is looked at when it is met, and
 * every path from it is walked in the facts, whatever was asked for.
 */
export class Owners {
  /** Things that belong to somebody. */
  objects = 0;
  /** `Type key` of everybody they belong to. */
  readonly keys = new Set<string>();
  readonly #model: Model;
  readonly #world: World;
  readonly #owned = new WeakMap<Thing, boolean>();

  constructor(model: Model, world: World) {
    this.#model = model;
    this.#world = world;
  }

  /** @param value what a field gives: a thing, things in lists, or neither */
  meet(value: unknown, around: Thing): void {
    if (Array.isArray(value)) {
      for (const item of value) this.meet(item, around);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const thing = value as Thing;
    const { subjects } = this.#model.objects.get(thing.__typename)!;
    const isInside = this.#owned.get(around) ?? false;
    let owned = false;
    for (const path of subjects) {
      if (path === "..") owned ||= isInside;
      else owned = this.#follow(thing, path.split(".")) || owned;
    }
    if (owned) this.objects += 1;
    // What is nobody's by its type is a part of what stands around it.
    this.#owned.set(thing, subjects.length === 0 ? isInside : owned);
  }

  #follow(from: unknown, path: readonly string[], owner = ""): boolean {
    if (from === null) return false;
    if (Array.isArray(from)) {
      return from.map((item) => this.#follow(item, path, owner)).includes(true);
    }
    const [name, ...rest] = path;
    if (name === undefined) {
      this.keys.add(`${owner} ${from as string}`);
      return true;
    }
    const thing = from as Thing;
    const { fields } = this.#model.objects.get(thing.__typename)!;
    const field = fields.find((each) => each.name === name)!;
    return this.#follow(this.#world.valueOf(thing, field, null), rest, thing.__typename);
  }
}
