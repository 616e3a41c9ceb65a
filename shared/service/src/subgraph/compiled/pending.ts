import type { FieldFacts } from "./field-info.ts";
import { leaveAlone } from "./leave-alone.ts";
import type { Place } from "./place.ts";
import type { Run } from "./run.ts";

/** The text of a value; null for null; or what will be one of the two. */
export type Text = string | null | Pending;

/** A part of an answer that something under way belongs to. */
export abstract class Pending {
  /** Whether null may stand here in place of what failed; said by whoever holds the part. */
  nullable = false;
  protected readonly place: Place | undefined;

  constructor(place: Place | undefined) {
    this.place = place;
  }

  /**
   * The text, once nothing is under way any more.
   * @throws GraphQLError where something failed below and null may not stand here
   */
  settle(run: Run): string {
    try {
      return this.written(run);
    } catch (error) {
      if (!this.nullable) throw error;
      run.note(error, this.place);
      return "null";
    }
  }

  protected abstract written(run: Run): string;
}

/** An object or a list some of whose parts are pending. */
export class Unfinished extends Pending {
  readonly #parts: readonly (string | Pending)[];

  constructor(place: Place | undefined, parts: readonly (string | Pending)[]) {
    super(place);
    this.#parts = parts;
  }

  protected written(run: Run): string {
    let text = "";
    for (const part of this.#parts) text += typeof part === "string" ? part : part.settle(run);
    return text;
  }
}

/** A value that a promise gives. */
export class Late extends Pending {
  #text: Text = null;
  #error: Error | undefined;

  /** @param complete writes the value that came */
  constructor(
    run: Run,
    place: Place,
    facts: FieldFacts,
    value: PromiseLike<unknown>,
    complete: (run: Run, value: unknown, place: Place) => Text,
  ) {
    super(place);
    run.await();
    const failed = (raw: unknown): void => {
      this.#error = run.located(raw, facts, place);
    };
    value.then(
      (came) => {
        try {
          if (run.isOver) leaveAlone(came);
          else this.#text = complete(run, came, place);
        } catch (raw) {
          failed(raw);
        }
        run.came();
      },
      (raw: unknown) => {
        if (!run.isOver) failed(raw);
        run.came();
      },
    );
  }

  protected written(run: Run): string {
    if (this.#error !== undefined) throw this.#error;
    const text = this.#text;
    if (text === null) return "null";
    return typeof text === "string" ? text : text.settle(run);
  }
}
