import { GraphQLError, type GraphQLErrorOptions } from "graphql";

/**
 * The catalogue of every error code that leaves a process of the platform: its HTTP status when it refuses a whole
 * request, and the one sentence a caller may read. Detail goes to the log. infra/docs/errors.md is rendered from here.
 *
 * Codes of the GraphQL ecosystem (GRAPHQL_PARSE_FAILED …) are kept where they exist; the others are STAGE_REASON.
 */
export const ERRORS = {
  // authenticate
  TOKEN_MISSING: {
    status: 401,
    sentence: "An access token is needed: send it in the Authorization header as Bearer.",
  },
  TOKEN_INVALID: { status: 401, sentence: "The access token is not valid here." },
  TOKEN_EXPIRED: {
    status: 401,
    sentence: "The access token has expired: ask the authority for a new one.",
  },
  AUTHORITY_UNAVAILABLE: {
    status: 503,
    sentence:
      "The authority's keys cannot be read at the moment, so no token can be checked: try again shortly.",
  },
  TOKEN_REVOKED: {
    status: 401,
    sentence: "The system, key or person behind this access token is suspended or unknown.",
  },
  DPOP_INVALID: {
    status: 401,
    sentence: "The access token is bound to a key, and the request proves no possession of it.",
  },
  DPOP_UNAVAILABLE: {
    status: 503,
    sentence: "Proofs of possession cannot be checked for replay at the moment: try again shortly.",
  },
  REGISTRY_STALE: {
    status: 503,
    sentence:
      "The router has had no word from the authority for too long to know who may do what: try again shortly.",
  },
  // read
  BAD_REQUEST: { status: 400, sentence: "The request is not a GraphQL-over-HTTP request." },
  GRAPHQL_PARSE_FAILED: { status: 400, sentence: "The document is not valid GraphQL." },
  GRAPHQL_VALIDATION_FAILED: { status: 400, sentence: "The operation does not fit the schema." },
  BAD_USER_INPUT: { status: 400, sentence: "The variables do not fit the operation." },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    sentence: "The document does not hold exactly the operation asked for.",
  },
  READ_BODY_TOO_LARGE: { status: 413, sentence: "The request body is larger than 1 MiB." },
  READ_MEDIA_TYPE: { status: 415, sentence: "Send the request as application/json." },
  READ_TOO_MANY_TOKENS: {
    status: 400,
    sentence: "The document has more tokens than the router reads.",
  },
  READ_TOO_DEEP: {
    status: 400,
    sentence: "The operation is nested deeper than the router allows.",
  },
  READ_TOO_MANY_FIELDS: {
    status: 400,
    sentence: "The operation selects more fields than the router allows.",
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 404,
    sentence: "No operation with this hash is registered for the caller.",
  },
  PERSISTED_QUERY_HASH_MISMATCH: {
    status: 400,
    sentence: "The hash sent is not the SHA-256 of the operation sent with it.",
  },
  // authorize
  AUTHORIZE_GRANT_MISSING: {
    status: 403,
    sentence: "The system has no live grant for this purpose.",
  },
  AUTHORIZE_ACTOR_MISSING: {
    status: 403,
    sentence:
      "The grant demands to know which officer acts: send an actor token in the request's extensions.",
  },
  AUTHORIZE_ACTOR_INVALID: {
    status: 403,
    sentence:
      "The actor token is not valid here. Its sub is 1 to 64 letters, digits and . _ : @ / -, without twelve digits in a row.",
  },
  AUTHORIZE_ACTOR_UNAVAILABLE: {
    status: 503,
    sentence: "Actor tokens cannot be checked for replay at the moment: try again shortly.",
  },
  AUTHORIZE_CASE_MISSING: {
    status: 403,
    sentence:
      "The grant demands a case: send its reference as caseReference in the request's extensions.",
  },
  AUTHORIZE_CASE_INVALID: {
    status: 400,
    sentence:
      "A case reference is a text of 1 to 64 letters, digits and . _ / : -, without twelve digits in a row.",
  },
  AUTHORIZE_OPERATION_UNREGISTERED: {
    status: 403,
    sentence: "The grant allows registered operations only, and this is none of them.",
  },
  AUTHORIZE_SCOPE_MISSING: {
    status: 403,
    sentence: "The token lacks scopes that the operation needs.",
  },
  EXPLAIN_FORBIDDEN: {
    status: 403,
    sentence:
      "Rights are explained to the system they are of, to its agency's administrators, and to operators and auditors.",
  },
  AUTHORIZE_PURPOSE_MISSING: { status: 403, sentence: "The token names no agency or purpose." },
  UNAUTHORIZED_FIELD_OR_TYPE: { status: 200, sentence: "The caller may not read this field." },
  PERMIT_MISSING: {
    status: 401,
    sentence: "This register answers only requests that carry a permit of the router.",
  },
  PERMIT_INVALID: { status: 401, sentence: "The permit is not valid for this register." },
  // admit
  OVERLOADED: {
    status: 503,
    sentence: "The router has as many requests as it can carry: send the request again.",
  },
  ADMIT_RATE_EXCEEDED: {
    status: 429,
    sentence: "The grant's requests for this second are used up.",
  },
  ADMIT_COST_EXCEEDED: {
    status: 429,
    sentence: "The grant's cost for this minute is used up.",
  },
  ADMIT_COST_TOO_HIGH: {
    status: 400,
    sentence: "The operation costs more than the grant has for a whole minute.",
  },
  ADMIT_ANSWER_TOO_LARGE: {
    status: 400,
    sentence: "The operation may bring more values than one answer holds: ask for less at once.",
  },
  ADMIT_SLICING_ARGUMENT: {
    status: 400,
    sentence: "A list needs exactly one of the arguments that say how much of it is asked for.",
  },
  // plan and execute
  PLAN_TOO_COMPLEX: { status: 400, sentence: "The operation is too complex to plan." },
  PLAN_FAILED: {
    status: 500,
    sentence: "No plan was found for the operation: ask for its parts one by one.",
  },
  REGISTER_UNAVAILABLE: { status: 200, sentence: "A register did not answer." },
  SUBGRAPH_ERROR: { status: 200, sentence: "A register could not give this field." },
  REQUEST_DEADLINE: { status: 504, sentence: "The request took longer than the router allows." },
  REQUEST_ABANDONED: {
    status: 499,
    sentence: "The caller left before everything was read, so the rest was not.",
  },
  ARGUMENT_INVALID: { status: 200, sentence: "An argument breaks a rule of its register." },
  ANSWER_TOO_LARGE: {
    status: 200,
    sentence:
      "The answer would be larger than a register gives at once: ask for less, or page by page.",
  },
  BATCH_TOO_LARGE: { status: 200, sentence: "A batch look-up takes at most 500 keys." },
  ENTITY_INVALID: {
    status: 200,
    sentence: "A representation does not identify an entity of this register.",
  },
  SEARCH_NOT_GRANTED: {
    status: 200,
    sentence: "The grant allows look-ups by identifier only, no searches.",
  },
  // record
  AUDIT_UNAVAILABLE: {
    status: 503,
    sentence: "The request could not be put on record, so nothing is answered: try again shortly.",
  },
  RECEIPT_UNAVAILABLE: {
    status: 501,
    sentence: "The answer was to carry a receipt, and this router gives none.",
  },
  AUDIT_FORBIDDEN: {
    status: 403,
    sentence: "Your roles do not allow this look into the audit log.",
  },
  ACCESS_LOG_OWN_ONLY: {
    status: 403,
    sentence: "Who looked at somebody's data is shown to the citizen herself only, signed in.",
  },
  // registry
  REGISTRY_FORBIDDEN: { status: 403, sentence: "Your roles do not allow this." },
  REGISTRY_INPUT_INVALID: {
    status: 400,
    sentence: "What the registry was told does not have the form it needs.",
  },
  REGISTRY_REASON_MISSING: {
    status: 400,
    sentence: "Every change needs its reason, in 1 to 2000 characters.",
  },
  REGISTRY_ID_TAKEN: { status: 409, sentence: "Something of this kind has this id already." },
  REGISTRY_AGENCY_UNKNOWN: { status: 404, sentence: "There is no agency of this id." },
  REGISTRY_SYSTEM_UNKNOWN: { status: 404, sentence: "There is no system of this id." },
  REGISTRY_KEY_UNKNOWN: { status: 404, sentence: "There is no key of this thumbprint." },
  REGISTRY_PERSON_UNKNOWN: { status: 404, sentence: "The registry has no such person." },
  REGISTRY_SCOPE_UNKNOWN: { status: 404, sentence: "There is no scope of this name." },
  REGISTRY_PURPOSE_UNKNOWN: { status: 404, sentence: "There is no purpose of this code." },
  REGISTRY_PROVINCE_UNKNOWN: {
    status: 404,
    sentence: "There was no province of this code on that day.",
  },
  REGISTRY_GRANT_UNKNOWN: { status: 404, sentence: "There is no grant of this id." },
  REGISTRY_OPERATION_UNKNOWN: {
    status: 404,
    sentence: "The agency has registered no operation with this hash.",
  },
  REGISTRY_STATE: { status: 409, sentence: "It is in that state already." },
  REGISTRY_SUSPENDED_BY_OTHERS: {
    status: 403,
    sentence: "Only who has suspended something can resume it.",
  },
  REGISTRY_SCOPE_BEYOND_CEILING: {
    status: 400,
    sentence: "A scope lies beyond what the purpose may reach at most.",
  },
  REGISTRY_PERIOD_REVERSED: { status: 400, sentence: "The grant would end before it begins." },
  REGISTRY_PERIOD_PAST: {
    status: 400,
    sentence: "A grant neither begins nor ends in the past.",
  },
  REGISTRY_PERIOD_LATER: {
    status: 400,
    sentence: "What is added to a live grant begins on the day it is approved.",
  },
  REGISTRY_PERIOD_TOO_LONG: { status: 400, sentence: "A grant lasts at most 24 months." },
  REGISTRY_REQUEST_PENDING: {
    status: 409,
    sentence: "A request for this system and purpose is undecided: wait for it or withdraw it.",
  },
  REGISTRY_PURPOSE_IN_USE: {
    status: 409,
    sentence:
      "Live grants are for this purpose, so its meaning stays: define a purpose of a new code, or end the grants.",
  },
  REGISTRY_NOTHING_CHANGES: { status: 409, sentence: "That would change nothing." },
  REGISTRY_NOT_NARROWER: {
    status: 403,
    sentence: "An owner may narrow a grant; what widens it is requested by the agency.",
  },
  REGISTRY_GRANT_STATE: { status: 409, sentence: "The grant has ended, so it stays as it is." },
  REGISTRY_SCOPE_NOT_OWNED: {
    status: 403,
    sentence: "Only an administrator of a scope's owner decides on it.",
  },
  REGISTRY_SCOPE_NOT_PENDING: {
    status: 409,
    sentence: "The grant has no undecided request for this scope.",
  },
  REGISTRY_OWN_REQUEST: {
    status: 403,
    sentence: "Whoever requested something cannot be the one to decide on it.",
  },
  REGISTRY_REQUEST_CHANGED: {
    status: 409,
    sentence:
      "This request is not open any more: look at what is asked for now, and decide on that.",
  },
  REGISTRY_SECOND_OPERATOR: {
    status: 403,
    sentence: "This takes two operators: another than who proposes it confirms it.",
  },
  REGISTRY_OWN_ROLES: { status: 403, sentence: "Nobody decides on their own roles or status." },
  REGISTRY_KEY_INVALID: {
    status: 400,
    sentence: "A system's key is a public JWK for ES256 (P-256) or EdDSA (Ed25519).",
  },
  REGISTRY_KEY_PRIVATE: {
    status: 400,
    sentence: "This holds a private key: make a new pair, and send only its public half.",
  },
  REGISTRY_KEY_WEAK: { status: 400, sentence: "The key is too weak to sign anything with." },
  REGISTRY_KEY_TAKEN: { status: 409, sentence: "The key is registered already." },
  REGISTRY_HASH_MISMATCH: {
    status: 400,
    sentence: "The hash is not the SHA-256 of the operation's text in lower-case hexadecimal.",
  },
  REGISTRY_OPERATION_INVALID: {
    status: 400,
    sentence: "The operation does not fit the platform's schema.",
  },
  REGISTRY_SUPERGRAPH_MISSING: {
    status: 503,
    sentence: "This authority was given no supergraph to check operations against.",
  },
  // the authority beside its registry
  SIGN_IN_OFF: { status: 404, sentence: "People cannot sign in at this authority." },
  OPERATOR_ORDER_INVALID: {
    status: 401,
    sentence:
      "The order is not signed by an operator's key, not made out to this authority, older than a minute, or was sent before.",
  },
  REGISTRY_UNAVAILABLE: {
    status: 503,
    sentence: "The authority cannot reach its registry at the moment: try again shortly.",
  },
  // the audit log's public addresses
  PROOF_INPUT_INVALID: {
    status: 400,
    sentence:
      "A proof is asked for with router and sequence, and a size if need be; or with from and to, from not above to.",
  },
  PROOF_UNKNOWN: {
    status: 404,
    sentence:
      "The log has no such record or size, or no checkpoint covers it yet: ask again in a second.",
  },
  LOG_UNAVAILABLE: {
    status: 503,
    sentence: "The audit log cannot be read at the moment: try again shortly.",
  },
  // any stage
  NOT_FOUND: { status: 404, sentence: "There is nothing at this address." },
  SHUTTING_DOWN: { status: 503, sentence: "This process is stopping: send the request again." },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    sentence: "Something went wrong here; the request id finds it in the log.",
  },
} as const satisfies Record<string, { status: number; sentence: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A GraphQL error out of the catalogue. `sentence` replaces the catalogue's when it can be more exact. */
export function catalogueError(
  code: ErrorCode,
  options: GraphQLErrorOptions & { sentence?: string } = {},
): GraphQLError {
  const { sentence, extensions, ...rest } = options;
  return new GraphQLError(sentence ?? ERRORS[code].sentence, {
    ...rest,
    extensions: { ...extensions, code },
  });
}

/** A whole request refused: thrown by a stage of the router's pipeline, answered with the catalogue's HTTP status. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ErrorCode;
  readonly status: number;
  /** Public facts beside the code: which scopes are missing, which register, when to retry. */
  readonly extensions: Record<string, unknown>;
  /** HTTP response headers the refusal brings along (`www-authenticate`, `retry-after`). */
  readonly headers: Record<string, string>;

  constructor(
    code: ErrorCode,
    options: {
      sentence?: string;
      /** Where a code that usually stands for one field refuses the whole request. */
      status?: number;
      extensions?: Record<string, unknown>;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(options.sentence ?? ERRORS[code].sentence, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? ERRORS[code].status;
    this.extensions = options.extensions ?? {};
    this.headers = options.headers ?? {};
  }
}
