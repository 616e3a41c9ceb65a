import { HttpPool } from "./http-pool.ts";
import { HttpsTransport } from "./https-transport.ts";
import type { Headers, Transport } from "./transport.ts";

/**
 * The way to an address by its scheme, which is `http:` or `https:`.
 * @param headers of every message
 */
export function openTransport(url: URL, headers: Headers): Transport {
  return url.protocol === "https:" ? new HttpsTransport(url, headers) : new HttpPool(url, headers);
}
