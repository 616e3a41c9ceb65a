import * as z from "zod";

/**
 * One operation as the router sends it to a subgraph, alone or as an item of a JSON array (GraphQL over HTTP, POST,
 * application/json). The answer is one GraphQL result, or an array of as many in the same order.
 */
export const SubgraphRequest = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z
    .object({
      /** The permit, a JWT: see permit.ts. */
      permit: z.string().optional(),
      /** The id of the caller's request at the router; also in the header x-request-id. */
      requestId: z.string().optional(),
      /** The router's keyed digest of the caller's whole operation text, as on its record. */
      operationDigest: z.string().optional(),
      /** The officer acting, opaque to the subgraph. */
      actor: z.string().optional(),
      caseReference: z.string().optional(),
      /** In a batch, the operation's place in it, from 0; its answer repeats it, as `extensions.item`. */
      item: z.int().min(0).optional(),
      /** In a batch, the W3C Trace Context of the caller's request; otherwise it is in the headers. */
      traceparent: z.string().optional(),
      tracestate: z.string().optional(),
    })
    .nullish(),
});
export type SubgraphRequest = z.infer<typeof SubgraphRequest>;

/** Items of one batch; more are refused whole. */
export const MAX_BATCH_ITEMS = 100;

/** Carries the id of a request through every process and log line. */
export const REQUEST_ID_HEADER = "x-request-id";

/**
 * On the answer to a batch: the byte lengths of its items, comma-separated, where the array is written without a space
 * between them. Who reads it need not look for where they end.
 */
export const ITEM_BYTES_HEADER = "x-item-bytes";
