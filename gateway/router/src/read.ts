import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from "@apollo/server";
import type {
  GatewayExecutor,
  GatewayGraphQLRequestContext,
} from "@apollo/server-gateway-interface";
import { Refusal } from "@truc/contracts";
import {
  getVariableValues,
  Kind,
  OperationTypeNode,
  print,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import type { Caller } from "./authenticate.ts";
import type { Branded } from "./brand.ts";
import type { IncomingRequest, OutgoingAnswer } from "./incoming-request.ts";
import type { DocumentLimits } from "./read/document-limits.ts";
import { withRegisteredText } from "./read/persisted-query.ts";
import type { RegisteredOperations } from "./read/registered-operations.ts";
import { nestsTooDeep } from "./read/nesting.ts";
import type { Digests } from "./record/digests.ts";
import type { Federation } from "./supergraph/federation.ts";
import type { ServedSupergraph } from "./supergraph/supergraph.ts";

/** One operation that parsed, fits the schema and has the variables it needs. */
export type Operation = Branded<
  {
    readonly request: IncomingRequest;
    readonly document: DocumentNode;
    readonly definition: OperationDefinitionNode;
    readonly name: string | null;
    /** Keyed digest of the operation's text, base64url. */
    readonly digest: string;
    /** SHA-256 of the operation's text, lower-case hexadecimal: what registered operations are known by. */
    readonly hash: string;
    /** The request's own `extensions`, as sent. */
    readonly extensions: Readonly<Record<string, unknown>>;
    /** As sent: what subgraphs are given. */
    readonly variables: Readonly<Record<string, unknown>>;
    /** With the operation's defaults, coerced: what conditions are judged by. */
    readonly values: Readonly<Record<string, unknown>>;
    /** The supergraph it was validated against. */
    readonly supergraph: ServedSupergraph;
  },
  "Operation"
>;

type Answer = (operation: Operation) => Promise<ExecutionResult>;

/** What travels through Apollo Server with one request. */
export interface ReadContext {
  /** Undefined while an operation is planned before anybody asks. */
  request: IncomingRequest | undefined;
  /** Whether the operation is read for the variables sent, or for whichever it may be asked with. */
  variables: "sent" | "open";
  answer: Answer;
  federation: Federation;
  /** What a stage behind Apollo Server threw, to be thrown again in front of it. Apollo Server copies the context. */
  failures: unknown[];
  digests: Digests;
}

/**
 * Reads the request as GraphQL over HTTP says, a registered operation by its hash, and hands the valid operation on to
 * `answer`. Apollo Server keeps the protocol: methods, media types, parsing, validation, and the form of the answer.
 * @param variables `open`: an operation is wanted whatever its variables, so those that are missing are not missed
 * @throws Refusal PERSISTED_QUERY_…, one of the document's limits, or whatever `answer` throws
 */
export async function read(
  sent: IncomingRequest,
  caller: Caller,
  house: {
    apollo: ApolloServer<ReadContext>;
    limits: DocumentLimits;
    federation: Federation;
    digests: Digests;
    registered: RegisteredOperations;
  },
  answer: Answer,
  variables: ReadContext["variables"] = "sent",
): Promise<OutgoingAnswer> {
  const request = withRegisteredText(sent, (hash) => house.registered.textOf(caller, hash));
  house.limits.check(textOf(request));
  const { federation, digests } = house;
  const contextValue = { request, variables, answer, federation, digests, failures: [] };
  const httpGraphQLRequest: HTTPGraphQLRequest = {
    method: request.method,
    headers: request.headers as HeaderMap,
    search: request.search,
    body: request.body,
  };
  const { status, headers, body } = await house.apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest,
    context: async () => contextValue,
  });
  if (contextValue.failures.length > 0) throw contextValue.failures[0];
  if (body.kind === "chunked") throw new Error("no incremental delivery was asked for");
  return { status: status ?? 200, headers: Object.fromEntries(headers), body: body.string };
}

/** What Apollo Server calls with every valid operation: the rest of the pipeline. */
export const handOn: GatewayExecutor = async (context) => {
  const read = context.context as ReadContext;
  try {
    return await read.answer(operationOf(context, read));
  } catch (error) {
    read.failures.push(error);
    return { data: null };
  }
};

function operationOf(
  context: GatewayGraphQLRequestContext,
  { request, variables: state, federation, digests }: ReadContext,
): Operation {
  // Apollo Server leaves it to the gateway to notice that no operation of the document is meant.
  const definition = context.operation as OperationDefinitionNode | undefined;
  if (definition === undefined || definition.operation === OperationTypeNode.SUBSCRIPTION) {
    throw new Refusal("OPERATION_RESOLUTION_FAILURE");
  }
  const variables = context.request.variables ?? {};
  return {
    request,
    document: context.document,
    definition,
    name: context.operationName,
    // Before anybody asks, nothing is put on record.
    digest:
      request === undefined
        ? ""
        : digests.ofOperation(context.queryHash, context.source, request.arrived.getTime()),
    hash: context.queryHash,
    extensions: context.request.extensions ?? {},
    variables,
    values: state === "open" ? {} : valuesOf(context.schema, definition, variables),
    supergraph: federation.servedWith(context.schema),
  } as Operation;
}

/** The variables with the operation's defaults, coerced. @throws Refusal BAD_USER_INPUT */
function valuesOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (nestsTooDeep(variables)) {
    throw new Refusal("BAD_USER_INPUT", { sentence: "The variables are nested too deep." });
  }
  const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables, {
    maxErrors: 5,
  });
  if (errors === undefined) return coerced;
  // graphql-js quotes the value and suggests names of the schema; the variable and its type are enough.
  const sentences = errors.flatMap(({ nodes }) =>
    (nodes ?? []).flatMap((node) =>
      node.kind === Kind.VARIABLE_DEFINITION
        ? [`The variable "$${node.variable.name.value}" must be of type ${print(node.type)}.`]
        : [],
    ),
  );
  throw new Refusal("BAD_USER_INPUT", { sentence: [...new Set(sentences)].join(" ") });
}

function textOf({ method, search, body }: IncomingRequest): string | undefined {
  const text =
    method === "GET"
      ? new URLSearchParams(search).get("query")
      : (body as { query?: unknown } | undefined)?.query;
  return typeof text === "string" ? text : undefined;
}
