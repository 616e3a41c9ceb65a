import { createHash } from "node:crypto";
import type { Model, ModelField } from "./random-federation.ts";

/** An object of the invented world: its type and what tells it apart. */
export interface Thing {
  readonly __typename: string;
  readonly id: string;
}

const ENTITIES_OF_A_TYPE = 4;

/**
 * The facts of an invented world: every field of every thing has a value that follows from its name alone, so that any
 * number of servers can answer for it without sharing a row.
 */
export class World {
  readonly #model: Model;
  readonly #salt: string;

  constructor(model: Model, salt: string) {
    this.#model = model;
    this.#salt = salt;
  }

  /** @param given for a field that requires another: that one's value, as it came over the wire */
  valueOf(thing: Thing, field: ModelField, n: number | null, given?: unknown): unknown {
    if (field.name === "id") return thing.id;
    if (field.requires !== undefined) {
      const object = this.#model.objects.get(thing.__typename)!;
      const required = object.fields.find(({ name }) => name === field.requires)!;
      const value = given === undefined ? this.valueOf(thing, required, null) : given;
      return typeof value === "string" ? `computed of ${value}` : null;
    }
    return this.#wrapped(field, field.wrap, `${thing.__typename}/${thing.id}.${field.name}(${n})`);
  }

  #wrapped(field: ModelField, wrap: string, name: string): unknown {
    if (!wrap.endsWith("!")) {
      if (this.#draw(`${name}?`, 100) < 12) return null;
      return this.#present(field, wrap, name);
    }
    return this.#present(field, wrap.slice(0, -1), name);
  }

  #present(field: ModelField, wrap: string, name: string): unknown {
    if (wrap.startsWith("[")) {
      const length = this.#draw(`${name}#`, 4);
      return Array.from({ length }, (_, index) =>
        this.#wrapped(field, wrap.slice(1, -1), `${name}[${index}]`),
      );
    }
    return this.#named(field.named, name);
  }

  #named(named: string, name: string): unknown {
    const abstract = this.#model.abstracts.get(named);
    if (abstract !== undefined) {
      return this.#named(abstract.members[this.#draw(`${name}:`, abstract.members.length)]!, name);
    }
    const object = this.#model.objects.get(named);
    if (object === undefined) return `${name} ${this.#draw(name, 1_000)}`;
    const id =
      object.kind === "entity"
        ? `${named}-${this.#draw(`${name}=`, ENTITIES_OF_A_TYPE)}`
        : this.#digest(name).toString("hex").slice(0, 12);
    return { __typename: named, id } satisfies Thing;
  }

  #draw(name: string, below: number): number {
    return this.#digest(name).readUInt32BE(0) % below;
  }

  #digest(name: string): Buffer {
    return createHash("sha1").update(this.#salt).update(name).digest();
  }
}
