import type { IncomingHttpHeaders } from "node:http";
import type { RequestHeaders } from "./incoming-request.ts";

/** A request's headers as Node has read them: looked up where they stand, since most are never asked for. */
export class IncomingHeaders implements RequestHeaders {
  readonly #headers: IncomingHttpHeaders;

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    const value = Object.hasOwn(this.#headers, name) ? this.#headers[name] : undefined;
    return Array.isArray(value) ? value.join(", ") : value;
  }

  *[Symbol.iterator](): Generator<readonly [string, string]> {
    for (const name of Object.keys(this.#headers)) {
      const value = this.get(name);
      if (value !== undefined) yield [name, value];
    }
  }
}
