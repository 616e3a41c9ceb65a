import Fastify, { type FastifyInstance } from "fastify";
import {
  buildASTSchema,
  execute,
  Kind,
  parse,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import type { TestAuthority } from "./test-authority.ts";
import { composeSupergraph, TestRouter, type TestSubgraph } from "./test-router.ts";

type Facts = Record<string, unknown>;
/** Values of fields by `Type.field`: constants, or functions of the object around and the arguments. */
export type StubResolvers = Record<string, unknown>;

export interface StubSubgraph {
  schema: string;
  resolvers: StubResolvers;
  /** What a representation stands for, where it is not the entity itself. */
  entity?: (representation: Facts) => Facts;
}

/** One fetch as a subgraph received it. */
export interface SeenFetch {
  subgraph: string;
  query: string;
  variables: Facts | undefined;
}

/**
 * A router over subgraphs whose every answer a test writes down, all behind real HTTP. Objects are plain maps that carry
 * `__typename`; an entity is whatever its representation says, so that nothing is known that was not handed over.
 */
export class StubFederation {
  readonly router: TestRouter;
  /** Every fetch since the last {@link forget}. */
  readonly fetches: SeenFetch[];
  /** Fetches wait while this is set; see {@link hold}. */
  readonly #gate: { closed: Promise<void> | undefined };
  readonly #servers: readonly FastifyInstance[];

  private constructor(
    router: TestRouter,
    fetches: SeenFetch[],
    gate: { closed: Promise<void> | undefined },
    servers: readonly FastifyInstance[],
  ) {
    this.router = router;
    this.fetches = fetches;
    this.#gate = gate;
    this.#servers = servers;
  }

  static async start(
    subgraphs: Record<string, StubSubgraph>,
    settings: Record<string, string> = {},
    authority?: TestAuthority,
  ): Promise<StubFederation> {
    const fetches: SeenFetch[] = [];
    const gate: { closed: Promise<void> | undefined } = { closed: undefined };
    const servers: FastifyInstance[] = [];
    const listed: TestSubgraph[] = [];
    for (const [name, stub] of Object.entries(subgraphs)) {
      const server = serve(name, stub, fetches, gate);
      servers.push(server);
      const url = await server.listen({ port: 0, host: "127.0.0.1" });
      listed.push({ name, url: `${url}/graphql`, schema: stub.schema });
    }
    const router = await TestRouter.start(composeSupergraph(listed), settings, authority);
    return new StubFederation(router, fetches, gate, servers);
  }

  forget(): void {
    this.fetches.length = 0;
  }

  /** Makes every fetch wait until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate.closed = promise;
    return () => {
      this.#gate.closed = undefined;
      resolve();
    };
  }

  async stop(): Promise<void> {
    await this.router.stop();
    await Promise.all(this.#servers.map(async (server) => await server.close()));
  }
}

function serve(
  subgraph: string,
  stub: StubSubgraph,
  fetches: SeenFetch[],
  gate: { closed: Promise<void> | undefined },
): FastifyInstance {
  const answer = stubAnswers(stub);
  const server = Fastify({ forceCloseConnections: true });
  server.post("/graphql", async (request) => {
    const { query, variables } = request.body as { query: string; variables?: Facts };
    fetches.push({ subgraph, query, variables });
    await gate.closed;
    return await answer(query, variables);
  });
  return server;
}

/** A stub without its server. */
export function stubAnswers({
  schema: text,
  resolvers,
  entity = (representation) => representation,
}: StubSubgraph): (query: string, variables?: Facts) => Promise<ExecutionResult> {
  const schema = executableSchema(text);
  return async (query, variables) =>
    await execute({
      schema,
      document: parse(query),
      variableValues: variables ?? {},
      rootValue: {},
      fieldResolver: (object: Facts, args: Facts, _context, info) => {
        if (info.fieldName === "_entities") return (args["representations"] as Facts[]).map(entity);
        const coordinate = `${info.parentType.name}.${info.fieldName}`;
        const known = coordinate in resolvers;
        const value = known ? resolvers[coordinate] : object[info.fieldName];
        return typeof value === "function"
          ? (value as (object: Facts, args: Facts) => unknown)(object, args)
          : (value ?? null);
      },
      typeResolver: (object: Facts) => object["__typename"] as string,
    });
}

/** The schema without Federation's directives, with `_entities` where it has any. */
export function executableSchema(text: string): GraphQLSchema {
  const document = parse(text, { noLocation: true });
  const keyed = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION &&
    definition.directives?.some(({ name }) => name.value === "key") === true
      ? [definition.name.value]
      : [],
  );
  const bare = visit(document, { SchemaExtension: () => null, Directive: () => null });
  if (keyed.length === 0) return buildASTSchema(bare, { assumeValid: true });
  const plumbing = parse(
    `scalar _Any union _Entity = ${keyed.join(" | ")} type Plumbing { _entities(representations: [_Any!]!): [_Entity]! }`,
    { noLocation: true },
  );
  return buildASTSchema(withEntities(bare, plumbing), { assumeValid: true });
}

/** Puts `_entities` into the root, which is made where there is none. */
function withEntities(bare: DocumentNode, plumbing: DocumentNode): DocumentNode {
  const added = plumbing.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? (definition.fields ?? []) : [],
  );
  const others = plumbing.definitions.filter(({ kind }) => kind !== Kind.OBJECT_TYPE_DEFINITION);
  const hasRoot = bare.definitions.some(
    (definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === "Query",
  );
  const root = hasRoot ? [] : parse("type Query { _empty: Int }").definitions;
  return {
    kind: Kind.DOCUMENT,
    definitions: [...bare.definitions, ...root, ...others].map((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === "Query"
        ? { ...definition, fields: [...(definition.fields ?? []), ...added] }
        : definition,
    ),
  };
}
