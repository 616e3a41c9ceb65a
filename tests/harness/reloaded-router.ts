import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { RouterSetup } from "./router-process.ts";
import type { ServiceProcess } from "./service-process.ts";
import { stubAnswers, type StubSubgraph } from "./stub-federation.ts";
import { composeSupergraph } from "./test-router.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
/** Several, so that several plans are made anew. */
const QUERIES = [
  "{ ships { name crew } }",
  "{ ships { id crew } count }",
  "{ count }",
  "{ ships { ... on Ship { title: name } } }",
] as const;

/** What became of the requests sent so far. */
export interface Sent {
  /** How long each took that was answered rightly, in the order of their answers. */
  readonly millis: number[];
  /** What came instead of a right answer. */
  readonly failures: string[];
}

/** A router process over two stub subgraphs whose supergraph is replaced while requests come without a pause. */
export class ReloadedRouter {
  readonly sent: Sent = { millis: [], failures: [] };
  readonly #setup: RouterSetup;
  readonly #router: ServiceProcess;
  readonly #url: string;
  readonly #servers: readonly Server[];
  readonly #addresses: readonly string[];
  readonly #senders: Promise<void>[] = [];
  #replacements = 0;
  #stops = false;

  private constructor(parts: {
    setup: RouterSetup;
    router: ServiceProcess;
    url: string;
    servers: readonly Server[];
    addresses: readonly string[];
  }) {
    this.#setup = parts.setup;
    this.#router = parts.router;
    this.#url = parts.url;
    this.#servers = parts.servers;
    this.#addresses = parts.addresses;
  }

  static async start(): Promise<ReloadedRouter> {
    const servers = await Promise.all(stubs(0).map(serve));
    const addresses = servers.map(
      (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    );
    const setup = await RouterSetup.make(supergraph(addresses, 0));
    const router = setup.start();
    return new ReloadedRouter({ setup, router, url: await router.ready(), servers, addresses });
  }

  /** Requests from so many clients, each sending the next when the last is answered. */
  begin(clients: number): void {
    for (let client = 0; client < clients; client++) this.#senders.push(this.#send(client));
  }

  /** Replaces the supergraph by one with another field more, and waits until it is served. */
  async replace(): Promise<void> {
    this.#replacements += 1;
    const path = join(this.#setup.directory, "supergraph.graphql");
    // Written beside and renamed, as a careful deployment does it.
    writeFileSync(`${path}.new`, supergraph(this.#addresses, this.#replacements));
    renameSync(`${path}.new`, path);
    const query = `{ extra${this.#replacements} }`;
    for (;;) {
      const { status, body } = await this.#setup.ask(this.#url, query);
      if (status === 200 && JSON.stringify(body).includes('"data":{"extra')) return;
    }
  }

  async stop(): Promise<void> {
    this.#stops = true;
    await Promise.all(this.#senders);
    await this.#router.signal("SIGTERM");
    await this.#setup.stop();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #send(client: number): Promise<void> {
    const { millis, failures } = this.sent;
    for (let turn = client; !this.#stops; turn++) {
      const query = QUERIES[turn % QUERIES.length]!;
      const began = performance.now();
      try {
        const { status, body } = await this.#setup.ask(this.#url, query);
        const took = performance.now() - began;
        const text = JSON.stringify(body);
        if (status === 200 && text.includes('"data":{') && !text.includes('"errors"'))
          millis.push(took);
        else failures.push(`${status} ${text}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  }
}

/** @param extra how many fields there are beyond the first ones */
function stubs(extra: number): StubSubgraph[] {
  const more = Array.from({ length: extra }, (_, index) => `extra${index + 1}: Int`).join(" ");
  return [
    {
      schema: `${LINK} type Query { ships: [Ship] count: Int ${more} } type Ship @key(fields: "id") { id: ID! name: String }`,
      resolvers: {
        "Query.ships": ["1", "2", "3"].map((id) => ({ __typename: "Ship", id })),
        "Query.count": 3,
        "Ship.name": "Sao",
      },
    },
    {
      schema: `${LINK} type Query { yards: Int } type Ship @key(fields: "id") { id: ID! crew: Int }`,
      resolvers: { "Ship.crew": 7 },
    },
  ];
}

function supergraph(addresses: readonly string[], extra: number): string {
  return composeSupergraph(
    stubs(extra).map(({ schema }, index) => ({
      name: `stub${index}`,
      url: addresses[index]!,
      schema,
    })),
  );
}

/** Knows more fields than it is asked for as yet. */
async function serve({ resolvers }: StubSubgraph, index: number): Promise<Server> {
  const { schema } = stubs(200)[index]!;
  const known = Array.from({ length: 200 }, (_, at) => [`Query.extra${at + 1}`, 1]);
  const answer = stubAnswers({ schema, resolvers: { ...resolvers, ...Object.fromEntries(known) } });
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { query, variables } = JSON.parse(body) as {
        query: string;
        variables?: Record<string, unknown>;
      };
      void answer(query, variables).then((result) =>
        response.setHeader("content-type", "application/json").end(JSON.stringify(result)),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
