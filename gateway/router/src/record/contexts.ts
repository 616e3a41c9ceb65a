import { contextDigest, contextText, type AuditContext } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { FieldRefusal, Filtered } from "../authorize/filtered.ts";

/** A context's text and the digest that records point to it by. */
export interface ContextText {
  readonly digest: string;
  readonly text: string;
}

/** What of a context is not the operation's: who asks and why. */
export type ContextFacts = Omit<AuditContext, "fields" | "refused">;

/** Contexts remembered for one set of fields, and of such sets. */
const MAX_CONTEXTS = 200;

/**
 * The contexts of records. Many requests have the same one: it is looked up by what it is made of, and its text and digest
 * are made once.
 */
export class Contexts {
  readonly #known = new WeakMap<Filtered["fields"], LRUCache<string, ContextText>>();
  readonly #refused = new WeakMap<readonly FieldRefusal[], readonly string[]>();

  /**
   * @param fields coordinates read; the same object for everybody they are the same for
   * @param refusals what was taken out
   */
  of(
    facts: ContextFacts,
    fields: Filtered["fields"],
    refusals: readonly FieldRefusal[],
  ): ContextText {
    let known = this.#known.get(fields);
    if (known === undefined) {
      known = new LRUCache({ max: MAX_CONTEXTS });
      this.#known.set(fields, known);
    }
    const refused = this.#coordinatesOf(refusals);
    const key = keyOf(facts, refused);
    let context = known.get(key);
    if (context === undefined) {
      const { PUBLIC, BASIC, SENSITIVE } = fields;
      const text = contextText({
        ...facts,
        fields: {
          PUBLIC: PUBLIC.toSorted(),
          BASIC: BASIC.toSorted(),
          SENSITIVE: SENSITIVE.toSorted(),
        },
        refused: [...refused],
      });
      context = { digest: contextDigest(text), text };
      known.set(key, context);
    }
    return context;
  }

  #coordinatesOf(refusals: readonly FieldRefusal[]): readonly string[] {
    let coordinates = this.#refused.get(refusals);
    if (coordinates === undefined) {
      coordinates = [...new Set(refusals.map(({ coordinate }) => coordinate))].toSorted();
      this.#refused.set(refusals, coordinates);
    }
    return coordinates;
  }
}

function keyOf(facts: ContextFacts, refused: readonly string[]): string {
  return JSON.stringify([
    facts.system,
    facts.agency,
    facts.purpose,
    facts.legalBasis,
    facts.grant,
    facts.disclosureDelayDays,
    facts.operationName,
    facts.decision,
    ...refused,
  ]);
}
