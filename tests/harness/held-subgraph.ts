import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestSubgraph } from "./test-router.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { quick: Int slow: Int }
`;

/** A subgraph that answers `quick` at once, and `slow` when a test lets it. */
export class HeldSubgraph {
  readonly subgraph: TestSubgraph;
  /** How many requests have come. */
  asked = 0;
  readonly #server: Server;
  #held: ServerResponse[] = [];

  private constructor(server: Server) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.subgraph = { name: "held", url: `http://127.0.0.1:${port}/graphql`, schema: SCHEMA };
    server.on("request", (request, response) => {
      let body = "";
      this.asked += 1;
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        if (body.includes("slow")) this.#held.push(response);
        else answer(response, { quick: 1 });
      });
    });
  }

  static async start(): Promise<HeldSubgraph> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HeldSubgraph(server);
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#held.length;
  }

  /** Answers all that wait. */
  release(): void {
    for (const response of this.#held.splice(0)) answer(response, { slow: 2 });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answer(response: ServerResponse, data: object): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify({ data }));
}
