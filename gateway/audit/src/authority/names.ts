import type { RegistrySnapshot } from "@truc/contracts";
import { Remembered } from "./remembered.ts";

/** What agencies, systems and purposes are called, by id or code. */
export interface Names {
  readonly agencies: ReadonlyMap<string, string>;
  readonly systems: ReadonlyMap<string, string>;
  readonly purposes: ReadonlyMap<string, string>;
}

/** The part of a registry that says what something is called. */
export type NamedRegistry = Pick<RegistrySnapshot, "agencies"> & {
  readonly systems: readonly Pick<RegistrySnapshot["systems"][number], "id" | "name">[];
  readonly purposes: readonly Pick<RegistrySnapshot["purposes"][number], "code" | "text">[];
};

const KEPT_MS = 5_000;
/** Who looks at her log waits no longer for names. */
const DEADLINE_MS = 1_000;

/**
 * Asks the authority what things are called, and never fails: while it does not answer within a second, nothing has a
 * name. Names, or that there are none, are believed for five seconds, so that an authority that is down does not make
 * everybody wait.
 */
export class RegistryNames {
  readonly #authority: { registry(): Promise<NamedRegistry> };
  readonly #deadlineMs: number;
  readonly #remembered: Remembered<Names>;

  /** @param options for tests: how long to wait, and a clock that never goes back, milliseconds */
  constructor(
    authority: { registry(): Promise<NamedRegistry> },
    options: { deadlineMs?: number; now?: () => number } = {},
  ) {
    this.#authority = authority;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    const now = options.now ?? (() => performance.now());
    this.#remembered = new Remembered<Names>({ keptMs: KEPT_MS, max: 1, now });
  }

  async get(): Promise<Names> {
    return await this.#remembered.get("", () => this.#ask());
  }

  async #ask(): Promise<Names> {
    const { promise, resolve } = Promise.withResolvers<Names>();
    const timer = setTimeout(() => resolve(NONE), this.#deadlineMs);
    void this.#authority
      .registry()
      .then(namesIn)
      .then(resolve, () => resolve(NONE));
    return await promise.finally(() => clearTimeout(timer));
  }
}

const NONE: Names = { agencies: new Map(), systems: new Map(), purposes: new Map() };

function namesIn({ agencies = [], systems, purposes }: NamedRegistry): Names {
  const named = (pairs: readonly [string, string | undefined][]): ReadonlyMap<string, string> =>
    new Map(pairs.flatMap(([id, name]) => (name === undefined ? [] : [[id, name]])));
  return {
    agencies: named(agencies.map(({ id, name }) => [id, name])),
    systems: named(systems.map(({ id, name }) => [id, name])),
    purposes: named(purposes.map(({ code, text }) => [code, text])),
  };
}
