import type { DocumentNode } from "graphql";
import type { Supergraph } from "./supergraph/supergraph.ts";

/** What names an operation: its document and, where that holds several, its name; under one supergraph. */
export interface OperationKey {
  readonly supergraph: Supergraph;
  readonly document: DocumentNode;
  readonly name: string | null;
}

/**
 * Remembers what was worked out for an operation under a supergraph. Documents are kept in stores of bounded size, by
 * Apollo Server as they came and by the filter as it left them; what is remembered here goes when the document goes.
 */
export class OperationCache<T> {
  readonly #values = new WeakMap<object, WeakMap<DocumentNode, Map<string | null, T>>>();

  get({ supergraph, document, name }: OperationKey, make: () => T): T {
    let documents = this.#values.get(supergraph);
    if (documents === undefined) this.#values.set(supergraph, (documents = new WeakMap()));
    let operations = documents.get(document);
    if (operations === undefined) documents.set(document, (operations = new Map()));
    const known = operations.get(name);
    if (known !== undefined) return known;
    const value = make();
    operations.set(name, value);
    return value;
  }
}
