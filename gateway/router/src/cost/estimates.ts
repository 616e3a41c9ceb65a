type Variables = Readonly<Record<string, unknown>>;

/** Estimates remembered for one operation. */
const MAX_KNOWN = 64;

/**
 * Estimates of one operation, each made once for the variables it depends on: which page sizes are asked for, what is
 * skipped. Most operations depend on none, whatever their variables. Which ones matter is seen by which are looked at.
 */
export class Estimates {
  readonly #make: (variables: Variables) => number;
  #matter: readonly string[] = [];
  readonly #known = new Map<string, number>();

  /** @param make depends on nothing but the variables it reads */
  constructor(make: (variables: Variables) => number) {
    this.#make = make;
  }

  /** @throws whatever making it throws */
  with(variables: Variables): number {
    const known = this.#known.get(this.#keyOf(variables));
    if (known !== undefined) return known;
    const read = new Set(this.#matter);
    const watched = new Proxy(variables, {
      get(target, name) {
        if (typeof name === "string") read.add(name);
        return target[name as string];
      },
    });
    const made = this.#make(watched);
    if (read.size > this.#matter.length || this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#matter = [...read];
    this.#known.set(this.#keyOf(variables), made);
    return made;
  }

  /** Null and nothing at all differ: an argument's default stands in for the latter only. */
  #keyOf(variables: Variables): string {
    if (this.#matter.length === 0) return "";
    const values = this.#matter.map((name) => variables[name]);
    return JSON.stringify(values.map((value) => (value === undefined ? [] : [value])));
  }
}
