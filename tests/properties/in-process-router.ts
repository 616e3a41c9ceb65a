import { composeServices } from "@apollo/composition";
import {
  buildSchema,
  execute as run,
  Kind,
  parse,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import type { SubgraphFetch } from "../../gateway/router/src/execute/subgraph-clients.ts";
import type { Operation } from "../../gateway/router/src/read.ts";
import { loadSupergraph, type Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { executableSchema } from "../harness/stub-federation.ts";
import { throughStages, type Reading, type StagedAnswer } from "../harness/through-stages.ts";
import type { Thing, World } from "./random-data.ts";
import { monolithSchema, subgraphSchema, type Model } from "./random-federation.ts";

/** The subgraphs of a model do not compose: what composition says. */
export class NoFederation extends Error {}

interface Representation extends Thing {
  readonly [field: string]: unknown;
}

/**
 * The router's stages from authorize to shape over subgraphs that live in this process: ten thousand operations in the
 * time of a test.
 */
export class InProcessRouter {
  readonly #model: Model;
  readonly #supergraph: Supergraph;
  readonly #subgraphs = new Map<string, GraphQLSchema>();
  /** Every fetch that was made, as the subgraph got it. */
  fetches: { subgraph: string; query: string }[] = [];

  /** @throws NoFederation */
  constructor(model: Model) {
    this.#model = model;
    const services = Array.from({ length: model.subgraphs }, (_, index) => {
      const text = subgraphSchema(model, index);
      return { name: `g${index}`, url: `http://g${index}`, text, typeDefs: parse(text) };
    });
    const { errors, supergraphSdl } = composeServices(services);
    if (supergraphSdl === undefined)
      throw new NoFederation((errors ?? []).map(({ message }) => message).join("\n"));
    this.#supergraph = {
      ...loadSupergraph(supergraphSdl),
      api: buildSchema(monolithSchema(model)),
    };
    for (const { name, text } of services) this.#subgraphs.set(name, executableSchema(text));
  }

  /** What callers see of it. */
  get schema(): GraphQLSchema {
    return this.#supergraph.api;
  }

  /**
   * @param document valid under the schema
   * @param how whether answers are read without being parsed, and what becomes of their texts on the way
   */
  async answer(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
    scopes: ReadonlySet<string>,
    world: World,
    how: { reading?: Reading; sent?: (text: string) => string } = {},
  ): Promise<StagedAnswer> {
    const definition = document.definitions.find(
      ({ kind }) => kind === Kind.OPERATION_DEFINITION,
    ) as OperationDefinitionNode;
    const operation = {
      document,
      definition,
      name: null,
      variables,
      values: variables,
      supergraph: this.#supergraph,
    } as unknown as Operation;
    this.fetches = [];
    return await throughStages(
      operation,
      scopes,
      async (name, fetch) => {
        const result = await this.#fetch(name, fetch, world);
        return how.sent === undefined ? result : how.sent(JSON.stringify(result));
      },
      {},
      how.reading,
    );
  }

  async #fetch(name: string, { query, variables }: SubgraphFetch, world: World) {
    this.fetches.push({ subgraph: name, query });
    const model = this.#model;
    return await run({
      schema: this.#subgraphs.get(name)!,
      document: parse(query),
      variableValues: variables,
      rootValue: { __typename: "Query", id: "" } satisfies Thing,
      fieldResolver: (thing: Representation, args: Record<string, unknown>, _context, info) => {
        if (info.fieldName === "_entities") return args["representations"];
        const object = model.objects.get(info.parentType.name)!;
        const field = object.fields.find((each) => each.name === info.fieldName)!;
        const given = field.requires === undefined ? undefined : thing[field.requires];
        return world.valueOf(thing, field, (args["n"] ?? null) as number | null, given);
      },
      typeResolver: (thing: Thing) => thing.__typename,
    });
  }
}
