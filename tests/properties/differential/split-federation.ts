import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REQUEST_ID_HEADER } from "@truc/contracts";
import {
  buildSchema,
  execute,
  parse,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import { executableSchema } from "../../harness/stub-federation.ts";
import { composeSupergraph, TestRouter } from "../../harness/test-router.ts";
import { TYPES } from "./catalogue.ts";
import { Facts, requiredBy, ROOT, typeIn, type Faults } from "./facts.ts";
import { identified, type Thing } from "./things.ts";
import { Monolith } from "./monolith.ts";
import { randomSplit, selectionsOf, type Split } from "./random-split.ts";
import { isFound, isHandedOver, monolithSchema, subgraphSchema } from "./split-schemas.ts";
import { Handed, NotHandedOver } from "./handed.ts";

/** What federation.yaml says of every subgraph. */
export interface Variant {
  readonly batching: boolean;
  readonly splicing: boolean;
}

/** What one operation to a subgraph carries. */
export interface Asked {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly extensions?: { readonly item?: number; readonly requestId?: string };
}

/** A thing together with what its representation brought along, and what the subgraph can tell of it on this way only. */
interface Represented extends Thing {
  readonly given?: Readonly<Record<string, unknown>>;
  /** A field of the thing's (`@provides`). */
  readonly provided?: string;
}

/** One split of the catalogue: its subgraphs behind HTTP, and the monolith that knows as much. */
export class SplitFederation {
  readonly split: Split;
  readonly api: GraphQLSchema;
  readonly monolith: Monolith;
  readonly supergraph: string;
  readonly #facts: Facts;
  readonly #subgraphs: readonly SplitSubgraph[];

  private constructor(split: Split, facts: Facts, api: GraphQLSchema, subgraphs: SplitSubgraph[]) {
    this.split = split;
    this.api = api;
    this.#facts = facts;
    this.#subgraphs = subgraphs;
    const nullable = buildSchema(monolithSchema(split, { nullable: true }));
    this.monolith = new Monolith(api, nullable, this.#facts);
    this.supergraph = composeSupergraph(
      subgraphs.map(({ name, url, schema }) => ({ name, url, schema })),
    );
  }

  static async start(seed: number, faults: Faults, variant: Variant): Promise<SplitFederation> {
    const split = randomSplit(seed);
    const api = buildSchema(monolithSchema(split));
    const facts = new Facts(api, seed, faults);
    const subgraphs = await Promise.all(
      Array.from(
        { length: split.subgraphs },
        async (_, index) => await SplitSubgraph.start({ split, index, facts, api }, variant),
      ),
    );
    return new SplitFederation(split, facts, api, subgraphs);
  }

  /** What a subgraph answers, without HTTP. */
  ask(name: string, asked: Asked): ExecutionResult {
    return this.#subgraphs.find((subgraph) => subgraph.name === name)!.answer(asked);
  }

  /**
   * Whether the plan of a request was wrong, so that no executor can make its answer right: it asked a subgraph to
   * compute a field of an object that nothing is handed over with, or in the same breath as it asked it for what the
   * field is computed of, or for a field that is another's. The planner makes such plans; the router uses none of them.
   */
  isMisplanned(requestId: string): boolean {
    return this.#subgraphs.some(({ misplanned }) => misplanned.has(requestId));
  }

  /** How many messages carried more than one operation. */
  get batches(): number {
    return this.#subgraphs.reduce((sum, { batches }) => sum + batches, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subgraphs.map(async (subgraph) => await subgraph.stop()));
  }
}

/** A router over a split, everything behind real HTTP. */
export class SplitRouter {
  readonly federation: SplitFederation;
  readonly #router: TestRouter;
  readonly #directory: string;
  readonly #token: string;

  private constructor(parts: {
    federation: SplitFederation;
    router: TestRouter;
    directory: string;
    token: string;
  }) {
    this.federation = parts.federation;
    this.#router = parts.router;
    this.#directory = parts.directory;
    this.#token = parts.token;
  }

  static async start(seed: number, faults: Faults, variant: Variant): Promise<SplitRouter> {
    const federation = await SplitFederation.start(seed, faults, variant);
    const directory = mkdtempSync(join(tmpdir(), "truc-split-"));
    const names = Array.from({ length: federation.split.subgraphs }, (_, index) => `g${index}`);
    const FEDERATION = join(directory, "federation.yaml");
    const entries = names.map((name) => [name, { permit: true, ...variant }]);
    // JSON is YAML.
    writeFileSync(FEDERATION, JSON.stringify({ subgraphs: Object.fromEntries(entries) }));
    const secrets = JSON.stringify({ keys: [{ kid: "permit-1", secret: "P".repeat(43) }] });
    for (const name of names) writeFileSync(join(directory, `${name}.json`), secrets);
    const router = await TestRouter.start(federation.supergraph, {
      FEDERATION,
      PERMIT_SECRETS: directory,
      // What is asked for here is small, whatever its lists might hold.
      LIST_SIZE_DEFAULT: "2",
      MAX_VALUES: "1000000000",
      LOG_LEVEL: "error",
    });
    const token = await router.issuer.token({ exp: Math.floor(Date.now() / 1000) + 86_400 });
    return new SplitRouter({ federation, router, directory, token });
  }

  /** @returns the body as text, and the id by which subgraphs know the request */
  async ask(asked: Asked): Promise<{ status: number; text: string; id: string }> {
    const { query, variables, operationName } = asked;
    const response = await fetch(this.#router.url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ query, variables, operationName }),
    });
    const id = response.headers.get(REQUEST_ID_HEADER) ?? "";
    return { status: response.status, text: await response.text(), id };
  }

  async stop(): Promise<void> {
    await this.#router.stop();
    await this.federation.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

interface Parts {
  readonly split: Split;
  readonly index: number;
  readonly facts: Facts;
  /** The monolith's. */
  readonly api: GraphQLSchema;
}

/** One subgraph: compact JSON, in the order of the selection; batches as arrays. */
class SplitSubgraph {
  readonly name: string;
  readonly url: string;
  readonly schema: string;
  batches = 0;
  /** Requests that asked it for something that it cannot tell. */
  readonly misplanned = new Set<string>();
  readonly #parts: Parts;
  readonly #handed: Handed;
  readonly #executable: GraphQLSchema;
  readonly #documents = new Map<string, DocumentNode>();
  readonly #server: Server;

  private constructor(parts: Parts, variant: Variant, server: Server) {
    const { split, index } = parts;
    this.#parts = parts;
    this.#server = server;
    this.name = `g${index}`;
    this.schema = subgraphSchema(split, index);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    this.#executable = executableSchema(this.schema);
    this.#handed = new Handed(parts.facts, parts.api, (type, field) =>
      isHandedOver(split, index, type, field),
    );
    server.on("request", (request, response) => void this.#serve(request, response, variant));
  }

  static async start(parts: Parts, variant: Variant): Promise<SplitSubgraph> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SplitSubgraph(parts, variant, server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  answer({ query, variables = {}, extensions }: Asked): ExecutionResult {
    let document = this.#documents.get(query);
    if (document === undefined) this.#documents.set(query, (document = parse(query)));
    const schema = this.#executable;
    const { facts } = this.#parts;
    return execute({
      schema,
      document,
      variableValues: variables,
      rootValue: ROOT,
      typeResolver: (thing: Thing, _context, _info, around) => typeIn(schema, thing, around),
      fieldResolver: (thing: Represented, args: Record<string, unknown>, _context, info) => {
        const { fieldName, parentType } = info;
        if (fieldName === "_entities") return this.#entities(args, extensions?.requestId ?? "");
        const coordinate = `${parentType.name}.${fieldName}`;
        this.#refuseFormerOwner(coordinate);
        if (this.#isForeign(thing, parentType.name, fieldName)) {
          this.misplanned.add(extensions?.requestId ?? "");
          throw new Error(`${coordinate} is somebody else's`);
        }
        const requires = requiredBy(thing.__typename, fieldName);
        if (requires === undefined)
          return this.#provided(coordinate, facts.valueOf(thing, fieldName, args));
        try {
          const inputs = this.#handed.inputs(thing, selectionsOf(requires), thing.given ?? {});
          return facts.valueOf(thing, fieldName, args, inputs);
        } catch (error) {
          const isPlanned =
            error instanceof NotHandedOver &&
            (thing.given === undefined || selects(document, error.field));
          if (isPlanned) this.misplanned.add(extensions?.requestId ?? "");
          throw error;
        }
      },
    }) as ExecutionResult;
  }

  #entities(
    { representations }: Record<string, unknown>,
    requestId: string,
  ): (Represented | null)[] {
    return (representations as (Record<string, unknown> & Thing)[]).map((given) => {
      if (!TYPES.has(given.__typename)) throw new Error(`${given.__typename} is unknown`);
      const { split, index } = this.#parts;
      if (!isFound(split, index, given.__typename, given)) {
        this.misplanned.add(requestId);
        throw new Error(`${given.__typename} is not found by ${Object.keys(given).join()}`);
      }
      const thing = identified(given.__typename, given);
      return thing === null ? null : { ...thing, given };
    });
  }

  /** Whether only others know it, and no representation brought it along. */
  #isForeign({ provided }: Represented, type: string, field: string): boolean {
    const { split, index } = this.#parts;
    return isHandedOver(split, index, type, field) && provided !== field;
  }

  /** What a field leads to, with what the subgraph provides of it. */
  #provided(coordinate: string, value: unknown): unknown {
    const provided = this.#parts.split.provides.get(`${this.name.slice(1)} ${coordinate}`);
    if (provided === undefined) return value;
    const withIt = (each: unknown): unknown => {
      if (Array.isArray(each)) return each.map(withIt);
      return each === null || typeof each !== "object" || each instanceof Error
        ? each
        : { ...each, provided };
    };
    return withIt(value);
  }

  #refuseFormerOwner(coordinate: string): void {
    if (this.#parts.split.overridden.get(coordinate) === this.#parts.index)
      throw new Error(`${coordinate} is somebody else's by now`);
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    { splicing }: Variant,
  ): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk as string;
    const asked = JSON.parse(body) as Asked | Asked[];
    response.setHeader("content-type", "application/json");
    if (!Array.isArray(asked)) {
      response.end(textOf(this.answer(asked), asked));
      return;
    }
    this.batches += 1;
    const texts = asked.map((each) => textOf(this.answer(each), each));
    const sizes = texts.map((text) => Buffer.byteLength(text)).join(",");
    if (splicing) response.setHeader("x-item-bytes", sizes);
    response.end(`[${texts.join(",")}]`);
  }
}

function selects(document: DocumentNode, field: string): boolean {
  let found = false;
  visit(document, { Field: ({ name }) => void (found ||= name.value === field) });
  return found;
}

function textOf({ data, errors }: ExecutionResult, { extensions }: Asked): string {
  const item = extensions?.item;
  return JSON.stringify({ data, errors, ...(item === undefined ? {} : { extensions: { item } }) });
}
