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
import type { LiftedText, LiftedTexts } from "./read/lifted-texts.ts";
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
    /** As sent: what is put on record. */
    readonly sentVariables: Readonly<Record<string, unknown>>;
    /** The same with those that stand for literals: what subgraphs are given. */
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
  /** What was sent, where what is read is the same without its literals. */
  lifted?: WithLiterals | undefined;
}

interface WithLiterals {
  readonly text: LiftedText;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface ReadHouse {
  readonly apollo: ApolloServer<ReadContext>;
  readonly limits: DocumentLimits;
  readonly federation: Federation;
  readonly digests: Digests;
  readonly registered: RegisteredOperations;
  readonly known: KnownOperations;
  readonly liftedTexts: LiftedTexts;
  readonly mediaTypes: MediaTypes;
}

/**
 * Reads the request as GraphQL over HTTP says, a registered operation by its hash, and hands the valid operation on to
 * `answer`. Apollo Server keeps the protocol: methods, media types, parsing, validation, and the form of the answer. An
 * operation that it has found valid before, posted in a form and with an Accept header that it has taken before, need
 * not pass it again, whatever texts it has among its arguments; what comes of it is the same to the byte.
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
  const asking = { variables, answer };
  if (posted === undefined || mediaType === undefined)
    return (await throughApollo(request, house, asking)).answer;
  const { api } = federation.present;
  const valid = known.find(api, posted.query, posted.operationName);
  if (valid !== undefined) {
    const operation = operationOf(valid, posted, { request, variables, digests });
    return answerAsHttp(await answer(operation), mediaType);
  }
  return (
    (await withoutLiterals({ request, posted, mediaType }, house, answer)) ??
    (await throughApollo(request, house, asking)).answer
  );
}

/**
 * The answer to the same operation with variables for its literals; undefined where there is nothing to lift, or where that
 * is no valid operation: what is wrong is said of the text as it was sent.
 * @throws Refusal, one of the document's limits, or whatever `answer` throws
 */
async function withoutLiterals(
  {
    request,
    posted,
    mediaType,
  }: { request: IncomingRequest; posted: PostedOperation; mediaType: string },
  house: ReadHouse,
  answer: Answer,
): Promise<OutgoingAnswer | undefined> {
  // A question about an operation is answered for what it says.
  if (request.address === "explain") return undefined;
  const { federation, digests, known, limits, liftedTexts } = house;
  const { api } = federation.present;
  const text = liftedTexts.of(api, posted.query, limits.check(posted.query));
  if (text === undefined) return undefined;
  const lifted = { text, variables: posted.variables ?? {} };
  const valid = known.find(api, text.text, posted.operationName);
  if (valid !== undefined) {
    const operation = operationOf(valid, posted, { request, variables: "sent", digests, lifted });
    return answerAsHttp(await answer(operation), mediaType);
  }
  const variables = { ...lifted.variables, ...text.values };
  const body = { ...(request.body as object), query: text.text, variables };
  const asking = { variables: "sent", answer, lifted, body } as const;
  const { answer: given, isRead } = await throughApollo(request, house, asking);
  return isRead ? given : undefined;
}

interface Asking {
  readonly variables: ReadContext["variables"];
  readonly answer: Answer;
  readonly lifted?: WithLiterals;
  /** What is read in place of the request's own. */
  readonly body?: unknown;
}

/** @returns the answer, and whether it is one to a valid operation */
async function throughApollo(
  request: IncomingRequest,
  { apollo, limits, federation, digests, known, mediaTypes }: ReadHouse,
  { variables, answer, lifted, body: posted = request.body }: Asking,
): Promise<{ answer: OutgoingAnswer; isRead: boolean }> {
  limits.check(textOf(request));
  const failures: unknown[] = [];
  let isRead = false;
  let answered = false;
  const contextValue: ReadContext = {
    request,
    variables,
    answer: async (operation) => {
      isRead = true;
      const result = await answer(operation);
      answered = true;
      return result;
    },
    federation,
    digests,
    known,
    lifted,
    failures,
  };
  const httpGraphQLRequest: HTTPGraphQLRequest = {
    method: request.method,
    headers: new HeaderMap(request.headers),
    search: request.search,
    body: posted,
  };
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest,
    context: async () => contextValue,
  });
  if (failures.length > 0 && (isRead || lifted === undefined)) throw failures[0];
  if (body.kind === "chunked") throw new Error("no incremental delivery was asked for");
  if (answered && status === undefined)
    mediaTypes.learn(request.headers.get("accept"), headers.get("content-type"));
  const given = {
    status: status ?? 200,
    headers: Object.fromEntries(headers),
    body: body.string,
  };
  return { answer: given, isRead };
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
  context: Pick<ReadContext, "request" | "variables" | "digests" | "lifted">,
): Operation {
  const { request, variables: state, lifted } = context;
  const sentVariables = lifted?.variables ?? sent.variables ?? {};
  const variables =
    lifted === undefined ? sentVariables : { ...sentVariables, ...lifted.text.values };
  return {
    request,
    document: valid.document,
    definition: valid.definition,
    name: valid.name,
    digest: digestOf(valid, context),
    hash: lifted?.text.hash ?? valid.hash,
    extensions: sent.extensions ?? {},
    sentVariables,
    variables,
    values: state === "open" ? {} : valid.values.of(variables),
    supergraph: valid.supergraph,
  } as unknown as Operation;
}

/** @throws Refusal AUDIT_UNAVAILABLE where there is no key to make it with */
function digestOf(
  valid: ValidOperation,
  { request, digests, lifted }: Pick<ReadContext, "request" | "digests" | "lifted">,
): string {
  // Before anybody asks, nothing is put on record.
  if (request === undefined) return "";
  if (lifted !== undefined)
    return digests.ofOperation(lifted.text.hash, lifted.text.sent, request.arrived.getTime());
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
