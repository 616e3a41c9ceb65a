import type { DocumentNode } from "graphql";
import type { Operation } from "./read.ts";

/**
 * Remembers what was worked out for an operation under a supergraph. Documents are kept by Apollo Server, by their
 * text and schema, in a store of bounded size; what is remembered here goes when the document goes.
 */
export class OperationCache<T> {
  readonly #values = new WeakMap<object, WeakMap<DocumentNode, Map<string | null, T>>>();

  get({ supergraph, document, name }: Operation, make: () => T): T {
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
