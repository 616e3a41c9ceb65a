import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { LRUCache } from "lru-cache";
import type { MonthKeys } from "@truc/contracts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import type { VariableValues } from "./variable-values.ts";

/** An operation that Apollo Server has parsed, validated and found in its document: nothing in it is any caller's. */
export interface ValidOperation {
  /** The whole text it was read from. */
  readonly text: string;
  /** SHA-256 of the text, lower-case hexadecimal. */
  readonly hash: string;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly name: string | null;
  /** What it was validated against. */
  readonly schema: GraphQLSchema;
  readonly supergraph: Supergraph;
  readonly values: VariableValues;
  /** Its digest under the keys of the month it was last asked in. */
  digest?: { readonly keys: MonthKeys; readonly text: string };
}

/** Memory of what is remembered for one schema, estimated. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of one text: the larger ones can afford to be read anew. */
const MAX_BYTES_OF_ONE = 1024 * 1024;
/** What a token takes in memory: itself, its location and its share of a node. */
const BYTES_A_TOKEN = 512;

/** The operations of one text by the `operationName` they were asked with. */
interface KnownText {
  readonly bytes: number;
  readonly byName: Map<string | undefined, ValidOperation>;
}

/**
 * Operations that need not be read again, because the same text was asked with the same `operationName` under the same
 * schema. A text is known by all of itself and nothing less; a schema by its object, so that what was valid under the
 * last supergraph is not taken to be so under this one.
 */
export class KnownOperations {
  readonly #schemas = new WeakMap<GraphQLSchema, LRUCache<string, KnownText>>();

  find(
    schema: GraphQLSchema,
    text: string,
    operationName: string | undefined,
  ): ValidOperation | undefined {
    return this.#schemas.get(schema)?.get(text)?.byName.get(operationName);
  }

  /** @param operationName as it was sent; undefined where none was */
  remember(operation: ValidOperation, operationName: string | undefined): void {
    const { schema, text } = operation;
    let texts = this.#schemas.get(schema);
    if (texts === undefined) {
      texts = new LRUCache({
        maxSize: MAX_BYTES,
        maxEntrySize: MAX_BYTES_OF_ONE,
        sizeCalculation: ({ bytes }) => bytes,
      });
      this.#schemas.set(schema, texts);
    }
    const known = texts.get(text);
    if (known !== undefined) {
      known.byName.set(operationName, operation);
      return;
    }
    const byName = new Map([[operationName, operation]]);
    texts.set(text, { bytes: bytesOf(operation), byName });
  }
}

/** Each of a text's operations has several tokens, so its place in the map is paid for too. */
function bytesOf({ text, document }: ValidOperation): number {
  let tokens = 0;
  for (let token = document.loc?.startToken; token; token = token.next ?? undefined) tokens += 1;
  return 2 * text.length + BYTES_A_TOKEN * (document.loc === undefined ? text.length : tokens);
}
