import { readFile } from "node:fs/promises";
import { catalogueError } from "@truc/contracts";
import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type NameNode,
  parse,
  specifiedDirectives,
  validate,
  visit,
} from "graphql";

/** The schema that callers of the router see. @throws REGISTRY_SUPERGRAPH_MISSING */
export type ApiSchema = () => Promise<GraphQLSchema>;

const MAX_TOKENS = 15_000;
/** Directives of GraphQL itself; all others are the composition's. */
const PLAIN = new Set(specifiedDirectives.map(({ name }) => name));

/**
 * The API schema of a supergraph's file, read anew when its text has changed.
 * @param file undefined where the authority was given none
 */
export function apiSchemaOf(file: string | undefined): ApiSchema {
  let known: { text: string; schema: GraphQLSchema } | undefined;
  return async () => {
    if (file === undefined) throw catalogueError("REGISTRY_SUPERGRAPH_MISSING");
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw catalogueError("REGISTRY_SUPERGRAPH_MISSING", { originalError: cause as Error });
    });
    if (known?.text !== text) known = { text, schema: toApiSchema(text) };
    return known.schema;
  };
}

/**
 * What is left of a supergraph (join v0.3 and later) for its callers: without the composition's own types and
 * directives, and without what is marked `@inaccessible`.
 */
export function toApiSchema(supergraph: string): GraphQLSchema {
  const document = parse(supergraph, { noLocation: true });
  const plain: DocumentNode = visit(document, {
    SchemaDefinition: (node) => ({ ...node, directives: [] }),
    SchemaExtension: () => null,
    DirectiveDefinition: () => null,
    enter(node) {
      // What composition brings along is named after the specification it belongs to: join__Graph.
      if (node.kind.endsWith("TypeDefinition") && "name" in node && /^\w+?__/.test(nameOf(node)))
        return null;
      if (!("directives" in node) || node.directives === undefined) return undefined;
      if (node.directives.some(({ name }) => name.value.endsWith("inaccessible"))) return null;
      const directives = node.directives.filter(({ name }) => PLAIN.has(name.value));
      return { ...node, directives };
    },
  });
  return buildASTSchema(plain, { assumeValidSDL: true });
}

function nameOf({ name }: { name?: unknown }): string {
  return (name as NameNode).value;
}

/**
 * Checks that a text holds one operation, and that it fits the schema.
 * @throws REGISTRY_OPERATION_INVALID with the first thing wrong, REGISTRY_SUPERGRAPH_MISSING
 */
export async function checkOperation(text: string, schema: ApiSchema): Promise<void> {
  const against = await schema();
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: MAX_TOKENS });
  } catch {
    throw invalid("it is not GraphQL");
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operations.length !== 1) throw invalid("it must hold exactly one operation");
  const [error] = validate(against, document, undefined, { maxErrors: 1, hideSuggestions: true });
  if (error !== undefined) throw invalid(error.message.replace(/\.$/, ""));
}

function invalid(reason: string): Error {
  return catalogueError("REGISTRY_OPERATION_INVALID", {
    sentence: `The operation does not fit the platform's schema: ${reason}.`,
    extensions: { rule: reason },
  });
}
