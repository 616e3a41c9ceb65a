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
import { type Alternatives, type Guards, readGuards, rulesRead } from "./guarding-scopes.ts";

/** What operations are held against. */
export interface OperationSchema {
  /** What callers of the router see. */
  api: GraphQLSchema;
  /** With what they do not see. */
  whole: GraphQLSchema;
  guards: Guards;
}
/** @throws REGISTRY_SUPERGRAPH_MISSING */
export type ApiSchema = () => Promise<OperationSchema>;

const MAX_TOKENS = 15_000;
/** Directives of GraphQL itself; all others are the composition's. */
const PLAIN = new Set(specifiedDirectives.map(({ name }) => name));

/**
 * The API schema of a supergraph's file, read anew when its text has changed.
 * @param file undefined where the authority was given none
 */
export function apiSchemaOf(file: string | undefined): ApiSchema {
  let known: { text: string; schema: OperationSchema } | undefined;
  return async () => {
    if (file === undefined) throw catalogueError("REGISTRY_SUPERGRAPH_MISSING");
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw catalogueError("REGISTRY_SUPERGRAPH_MISSING", { originalError: cause as Error });
    });
    if (known?.text !== text) known = { text, schema: toOperationSchema(text) };
    return known.schema;
  };
}

/** Reads all of it out of a supergraph's text. */
export function toOperationSchema(supergraph: string): OperationSchema {
  return {
    api: toApiSchema(supergraph),
    whole: withoutComposition(supergraph, { inaccessible: true }),
    guards: readGuards(parse(supergraph, { noLocation: true })),
  };
}

/**
 * What is left of a supergraph (join v0.3 and later) for its callers: without the composition's own types and
 * directives, and without what is marked `@inaccessible`.
 */
export function toApiSchema(supergraph: string): GraphQLSchema {
  return withoutComposition(supergraph, { inaccessible: false });
}

/** @param keep.inaccessible whether what is marked so stays in it */
function withoutComposition(supergraph: string, keep: { inaccessible: boolean }): GraphQLSchema {
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
      const isHidden = node.directives.some(({ name }) => name.value.endsWith("inaccessible"));
      if (isHidden && !keep.inaccessible) return null;
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
 * @returns the rules that guard what it reads
 * @throws REGISTRY_OPERATION_INVALID with the first thing wrong, REGISTRY_SUPERGRAPH_MISSING
 */
export async function checkOperation(text: string, schema: ApiSchema): Promise<Alternatives[]> {
  const { api, whole, guards } = await schema();
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: MAX_TOKENS });
  } catch {
    throw invalid("it is not GraphQL");
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operations.length !== 1) throw invalid("it must hold exactly one operation");
  const [error] = validate(api, document, undefined, { maxErrors: 1, hideSuggestions: true });
  if (error !== undefined) throw invalid(error.message.replace(/\.$/, ""));
  return rulesRead(document, whole, guards);
}

function invalid(reason: string): Error {
  return catalogueError("REGISTRY_OPERATION_INVALID", {
    sentence: `The operation does not fit the platform's schema: ${reason}.`,
    extensions: { rule: reason },
  });
}
