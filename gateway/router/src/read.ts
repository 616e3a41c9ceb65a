import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from "@apollo/server";
import type {
  GatewayExecutor,
  GatewayGraphQLRequestContext,
} from "@apollo/server-gateway-interface";
import { Refusal } from "@truc/contracts";
import {
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from "graphql";
import type { Caller } from "./authenticate.ts";
import type { Branded } from "./brand.ts";
import type { IncomingRequest, OutgoingAnswer } from "./incoming-request.ts";
import { answerAsHttp } from "./read/answer-as-http.ts";
import type { DocumentLimits } from "./read/document-limits.ts";
import type { KnownOperations, ValidOperation } from "./read/known-operations.ts";
import type { MediaTypes } from "./read/media-types.ts";
import { postedOperation, type PostedOperation } from "./read/posted-operation.ts";
import { withRegisteredText } from "./read/persisted-query.ts";
import type { RegisteredOperations } from "./read/registered-operations.ts";
import { VariableValues } from "./read/variable-values.ts";
import type { Digests } from "./record/digests.ts";
import type { Federation } from "./supergraph/federation.ts";
import type { Supergraph } from "./supergraph/supergraph.ts";

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
    readonly supergraph: Supergraph;
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
  known: KnownOperations;
}

interface ReadHouse {
  readonly apollo: ApolloServer<ReadContext>;
  readonly limits: DocumentLimits;
  readonly federation: Federation;
  readonly digests: Digests;
  readonly registered: RegisteredOperations;
  readonly known: KnownOperations;
  readonly mediaTypes: MediaTypes;
}

/**
 * Reads the request as GraphQL over HTTP says, a registered operation by its hash, and hands the valid operation on to
 * `answer`. Apollo Server keeps the protocol: methods, media types, parsing, validation, and the form of the answer. An
 * operation that it has found valid before, posted in a form and with an Accept header that it has taken before, need
 * not pass it again; what comes of it is the same to the byte.
 * @param variables `open`: an operation is wanted whatever its variables, so those that are missing are not missed
 * @throws Refusal PERSISTED_QUERY_…, one of the document's limits, or whatever `answer` throws
 */
export async function read(
  sent: IncomingRequest,
  caller: Caller,
  house: ReadHouse,
  answer: Answer,
  variables: ReadContext["variables"] = "sent",
): Promise<OutgoingAnswer> {
  const request = withRegisteredText(sent, (hash) => house.registered.textOf(caller, hash));
  const { federation, digests, known, mediaTypes } = house;
  const posted = postedOperation(request);
  const mediaType = mediaTypes.for(request.headers.get("accept"));
  const valid = posted && known.find(federation.present.api, posted.query, posted.operationName);
  if (valid === undefined || mediaType === undefined)
    return await throughApollo(request, house, { variables, answer });
  const operation = operationOf(valid, posted!, { request, variables, digests });
  return answerAsHttp(await answer(operation), mediaType);
}

async function throughApollo(
  request: IncomingRequest,
  { apollo, limits, federation, digests, known, mediaTypes }: ReadHouse,
  { variables, answer }: Pick<ReadContext, "variables" | "answer">,
): Promise<OutgoingAnswer> {
  limits.check(textOf(request));
  const failures: unknown[] = [];
  let answered = false;
  const contextValue: ReadContext = {
    request,
    variables,
    answer: async (operation) => {
      const result = await answer(operation);
      answered = true;
      return result;
    },
    federation,
    digests,
    known,
    failures,
  };
  const httpGraphQLRequest: HTTPGraphQLRequest = {
    method: request.method,
    headers: new HeaderMap(request.headers),
    search: request.search,
    body: request.body,
  };
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest,
    context: async () => contextValue,
  });
  if (failures.length > 0) throw failures[0];
  if (body.kind === "chunked") throw new Error("no incremental delivery was asked for");
  if (answered && status === undefined)
    mediaTypes.learn(request.headers.get("accept"), headers.get("content-type"));
  return { status: status ?? 200, headers: Object.fromEntries(headers), body: body.string };
}

/** What Apollo Server calls with every valid operation: the rest of the pipeline. */
export const handOn: GatewayExecutor = async (context) => {
  const read = context.context as ReadContext;
  try {
    const valid = validOperation(context, read);
    read.known.remember(valid, context.request.operationName);
    return await read.answer(operationOf(valid, context.request, read));
  } catch (error) {
    read.failures.push(error);
    return { data: null };
  }
};

function validOperation(
  context: GatewayGraphQLRequestContext,
  { federation }: ReadContext,
): ValidOperation {
  // Apollo Server leaves it to the gateway to notice that no operation of the document is meant.
  const definition = context.operation as OperationDefinitionNode | undefined;
  if (definition === undefined || definition.operation === OperationTypeNode.SUBSCRIPTION) {
    throw new Refusal("OPERATION_RESOLUTION_FAILURE");
  }
  const { source, queryHash, document, operationName, schema } = context;
  return {
    text: source,
    hash: queryHash,
    document,
    definition,
    name: operationName,
    schema,
    supergraph: federation.servedWith(schema),
    values: new VariableValues(schema, definition),
  };
}

function operationOf(
  valid: ValidOperation,
  sent: Pick<PostedOperation, "variables" | "extensions">,
  { request, variables: state, digests }: Pick<ReadContext, "request" | "variables" | "digests">,
): Operation {
  const variables = sent.variables ?? {};
  return {
    request,
    document: valid.document,
    definition: valid.definition,
    name: valid.name,
    digest: digestOf(valid, request, digests),
    hash: valid.hash,
    extensions: sent.extensions ?? {},
    variables,
    values: state === "open" ? {} : valid.values.of(variables),
    supergraph: valid.supergraph,
  } as unknown as Operation;
}

/** @throws Refusal AUDIT_UNAVAILABLE where there is no key to make it with */
function digestOf(
  valid: ValidOperation,
  request: IncomingRequest | undefined,
  digests: Digests,
): string {
  // Before anybody asks, nothing is put on record.
  if (request === undefined) return "";
  const keys = digests.keysOf(request.arrived.getTime());
  if (valid.digest?.keys !== keys) {
    const text = digests.ofOperation(valid.hash, valid.text, request.arrived.getTime());
    valid.digest = { keys, text };
  }
  return valid.digest.text;
}

function textOf({ method, search, body }: IncomingRequest): string | undefined {
  const text =
    method === "GET"
      ? new URLSearchParams(search).get("query")
      : (body as { query?: unknown } | undefined)?.query;
  return typeof text === "string" ? text : undefined;
}
