type Variables = Readonly<Record<string, unknown>>;

/** Estimates remembered for one operation. */
const MAX_KNOWN = 64;

/**
 * Estimates of one operation, each made once for the variables it depends on: which page sizes are asked for, what is
 * skipped. Most operations depend on none, whatever their variables. Which ones matter is seen by which are looked at.
 */
export class Estimates {
  readonly #make: (variables: Variables) => number;
  readonly #shown: (value: unknown) => unknown;
  #matter: readonly string[] = [];
  readonly #known = new Map<unknown, number>();

  /**
   * @param make depends on nothing but the variables it reads
   * @param shown what it is shown of a variable's value, where that is not the value itself
   */
  constructor(make: (variables: Variables) => number, shown = (value: unknown): unknown => value) {
    this.#make = make;
    this.#shown = shown;
  }

  /** @throws whatever making it throws */
  with(variables: Variables): number {
    const known = this.#known.get(this.#keyOf(variables));
    if (known !== undefined) return known;
    const read = new Set(this.#matter);
    const watched = new Proxy(variables, {
      get: (target, name) => {
        if (typeof name === "string") read.add(name);
        return this.#shown(target[name as string]);
      },
    });
    const made = this.#make(watched);
    if (read.size > this.#matter.length || this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#matter = [...read];
    this.#known.set(this.#keyOf(variables), made);
    return made;
  }

  /** Null and nothing at all differ: an argument's default stands in for the latter only. */
  #keyOf(variables: Variables): unknown {
    const [only, ...others] = this.#matter;
    if (only === undefined) return "";
    if (others.length === 0) {
      const value = this.#shown(variables[only]);
      // No text is one of these, and texts are what other values are written as.
      if (value === undefined || typeof value === "number" || typeof value === "boolean")
        return value;
    }
    const values = this.#matter.map((name) => this.#shown(variables[name]));
    return JSON.stringify(values.map((value) => (value === undefined ? [] : [value])));
  }
}
