import { createHash } from "node:crypto";
import { parse, type DocumentNode, type GraphQLSchema } from "graphql";
import { LRUCache } from "lru-cache";
import { liftLiterals, type Lifted } from "./lift-literals.ts";

/** What a text is read as, where that is not itself. */
export interface LiftedText extends Lifted {
  /** The text as it was sent, which is what is put on record. */
  readonly sent: string;
  /** Its SHA-256, lower-case hexadecimal. */
  readonly hash: string;
}

/** Texts remembered for one schema, by their length and that of what they are read as. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** Longer texts are read as they are. */
const MAX_LENGTH_OF_ONE = 128 * 1024;

/**
 * Texts whose literals are lifted out of them, so that what differs in nothing else is validated, filtered and planned
 * once. Those that came last need not even be parsed again.
 */
export class LiftedTexts {
  readonly #schemas = new WeakMap<GraphQLSchema, LRUCache<string, LiftedText>>();

  /**
   * @param document of the text, with locations, where it has just been parsed
   * @returns undefined for a text that is read as it is
   */
  of(
    schema: GraphQLSchema,
    sent: string,
    document: DocumentNode | undefined,
  ): LiftedText | undefined {
    if (sent.length > MAX_LENGTH_OF_ONE) return undefined;
    let texts = this.#schemas.get(schema);
    const known = texts?.get(sent);
    if (known !== undefined) return known;
    const parsed = document ?? parsedOrNot(sent);
    const lifted = parsed && liftLiterals(sent, parsed, schema);
    if (lifted === undefined) return undefined;
    const hash = createHash("sha256").update(sent).digest("hex");
    const read = { ...lifted, sent, hash };
    if (texts === undefined) {
      texts = new LRUCache({
        maxSize: MAX_LENGTH,
        sizeCalculation: ({ text }, key) => text.length + key.length + 256,
      });
      this.#schemas.set(schema, texts);
    }
    texts.set(sent, read);
    return read;
  }
}

/** What is wrong with a text is said by who reads it as it is. */
function parsedOrNot(text: string): DocumentNode | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
