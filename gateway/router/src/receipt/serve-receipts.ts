import { RECEIPT_KEYS_PATH } from "@truc/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ReceiptKeys } from "./receipt-keys.ts";

const sent = new WeakMap<FastifyRequest, Buffer>();

/** Publishes the keys that receipts are verified with, and keeps the bodies of requests as they were sent. */
export function serveReceipts(app: FastifyInstance, { published }: ReceiptKeys): void {
  app.get(RECEIPT_KEYS_PATH, async (_request, reply) =>
    reply
      .header("content-type", "application/jwk-set+json")
      .header("cache-control", "public, max-age=300")
      .send(JSON.stringify(published)),
  );
  // A text that was decoded and encoded again need not be the bytes that were sent.
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    sent.set(request, body as Buffer);
    void parseJson(request, body.toString("utf8"), done);
  });
}

/** The body byte for byte; undefined where the router gives no receipts, and where there was none. */
export function bodyAsSent(request: FastifyRequest): Buffer | undefined {
  return sent.get(request);
}
