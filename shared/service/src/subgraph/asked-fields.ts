import {
  type DocumentNode,
  type GraphQLSchema,
  isAbstractType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

/** By concrete type, the fields that a document asks for anywhere; conditions count as if they held. */
export type FieldsByType = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads off a document that is valid against its schema what it asks of each type. */
export function fieldsOfDocument(schema: GraphQLSchema, document: DocumentNode): FieldsByType {
  const byType = new Map<string, Set<string>>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        const parent = types.getParentType();
        if (parent == null || name.value.startsWith("__")) return;
        for (const { name: type } of isAbstractType(parent)
          ? schema.getPossibleTypes(parent)
          : [parent]) {
          const fields = byType.get(type);
          if (fields === undefined) byType.set(type, new Set([name.value]));
          else fields.add(name.value);
        }
      },
    }),
  );
  return byType;
}

const NONE: ReadonlySet<string> = new Set();

/** What all operations of one HTTP request together ask for: its loaders read for all of them. */
export class AskedFields {
  readonly #documents: ReadonlySet<FieldsByType>;
  readonly #byType = new Map<string, ReadonlySet<string>>();

  constructor(documents: Iterable<FieldsByType>) {
    this.#documents = new Set(documents);
  }

  /** The fields asked of objects of a type. */
  of(type: string): ReadonlySet<string> {
    let fields = this.#byType.get(type);
    if (fields === undefined) {
      const [only, ...others] = [...this.#documents].map((document) => document.get(type) ?? NONE);
      fields =
        others.length === 0
          ? (only ?? NONE)
          : new Set([only!, ...others].flatMap((each) => [...each]));
      this.#byType.set(type, fields);
    }
    return fields;
  }
}
