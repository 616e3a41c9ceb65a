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

/** Contexts remembered for one set of fields, and systems whose last one is at hand. */
const MAX_CONTEXTS = 200;

/** What is remembered for one set of fields. */
interface OfFields {
  /** By what they are made of. */
  readonly all: LRUCache<string, ContextText>;
  /** Each system's last: mostly its next one too, and found without spelling out what it is made of. */
  readonly last: Map<string | null, Last>;
}

interface Last {
  readonly facts: ContextFacts;
  readonly refused: readonly string[];
  readonly context: ContextText;
}

/**
 * The contexts of records. Many requests have the same one: it is looked up by what it is made of, and its text and digest
 * are made once.
 */
export class Contexts {
  readonly #known = new WeakMap<Filtered["fields"], OfFields>();
  readonly #refused = new WeakMap<readonly FieldRefusal[], readonly string[]>();

  /**
   * @param facts must not change afterwards
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
      known = { all: new LRUCache({ max: MAX_CONTEXTS }), last: new Map() };
      this.#known.set(fields, known);
    }
    const refused = this.#coordinatesOf(refusals);
    const last = known.last.get(facts.system);
    if (last !== undefined && last.refused === refused && areSame(last.facts, facts))
      return last.context;
    const key = keyOf(facts, refused);
    let context = known.all.get(key);
    if (context === undefined) known.all.set(key, (context = contextOf(facts, fields, refused)));
    if (last === undefined && known.last.size >= MAX_CONTEXTS) known.last.clear();
    known.last.set(facts.system, { facts, refused, context });
    return context;
  }

  #coordinatesOf(refusals: readonly FieldRefusal[]): readonly string[] {
    if (refusals.length === 0) return NOTHING_REFUSED;
    let coordinates = this.#refused.get(refusals);
    if (coordinates === undefined) {
      coordinates = [...new Set(refusals.map(({ coordinate }) => coordinate))].toSorted();
      this.#refused.set(refusals, coordinates);
    }
    return coordinates;
  }
}

const NOTHING_REFUSED: readonly string[] = [];

function areSame(one: ContextFacts, other: ContextFacts): boolean {
  return (
    one.system === other.system &&
    one.agency === other.agency &&
    one.purpose === other.purpose &&
    one.legalBasis === other.legalBasis &&
    one.grant === other.grant &&
    one.disclosureDelayDays === other.disclosureDelayDays &&
    one.operationName === other.operationName &&
    one.decision === other.decision
  );
}

function contextOf(
  facts: ContextFacts,
  { PUBLIC, BASIC, SENSITIVE }: Filtered["fields"],
  refused: readonly string[],
): ContextText {
  const text = contextText({
    ...facts,
    fields: {
      PUBLIC: PUBLIC.toSorted(),
      BASIC: BASIC.toSorted(),
      SENSITIVE: SENSITIVE.toSorted(),
    },
    refused: [...refused],
  });
  return { digest: contextDigest(text), text };
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
