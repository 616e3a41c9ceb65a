import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A subgraph that answers whatever a test has put there, however wrong. */
export class CannedSubgraph {
  readonly url: string;
  status = 200;
  /** The answer to everything; by the body it was asked with, where it is a function. */
  body: string | ((asked: string) => string) = "";
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    server.on("request", (request, response) => {
      let asked = "";
      request.setEncoding("utf8").on("data", (text: string) => (asked += text));
      request.on("end", () => {
        const body = typeof this.body === "string" ? this.body : this.body(asked);
        response.writeHead(this.status, { "content-type": "application/json" }).end(body);
      });
    });
  }

  static async start(): Promise<CannedSubgraph> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CannedSubgraph(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
