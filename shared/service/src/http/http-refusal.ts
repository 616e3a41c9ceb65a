import { ERRORS, type ErrorCode, Refusal } from "@truc/contracts";

/** Fastify's own errors, by their codes, as the catalogue calls them. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "READ_BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "READ_MEDIA_TYPE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "BAD_REQUEST",
  FST_ERR_CTP_INVALID_JSON_BODY: "BAD_REQUEST",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "BAD_REQUEST",
  FST_ERR_BAD_URL: "BAD_REQUEST",
};

export interface HttpRefusal {
  status: number;
  headers: Record<string, string>;
  body: { errors: [{ message: string; extensions: Record<string, unknown> }] };
}

/** What the sender of a failed request is told: the catalogue's sentence and code, no detail of the failure. */
export function httpRefusal(error: unknown, bodyLimitBytes: number): HttpRefusal {
  if (error instanceof Refusal) {
    const { status, headers, message, code, extensions } = error;
    return {
      status,
      headers,
      body: { errors: [{ message, extensions: { ...extensions, code } }] },
    };
  }
  const { code: fastifyCode, statusCode } = error as { code?: string; statusCode?: number };
  const code =
    FASTIFY_CODES[fastifyCode ?? ""] ??
    (isClientError(statusCode) ? "BAD_REQUEST" : "INTERNAL_SERVER_ERROR");
  const message =
    code === "READ_BODY_TOO_LARGE"
      ? `The request body is larger than ${bodyLimitBytes / (1024 * 1024)} MiB.`
      : ERRORS[code].sentence;
  return {
    status: ERRORS[code].status,
    headers: {},
    body: { errors: [{ message, extensions: { code } }] },
  };
}

function isClientError(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}
