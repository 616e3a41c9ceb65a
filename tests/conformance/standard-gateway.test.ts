import { createHash } from "node:crypto";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { databaseServers } from "@truc/service/testing";
import { Kind, parse, print, visit } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose } from "../../infra/src/compose/compose-subgraphs.ts";
import { samples } from "../../infra/src/country/country.ts";
import { country, type FilledRegister, registers, startFilled } from "./registers.ts";

const SECURITY = new Set(["authenticated", "requiresScopes", "policy"]);

/** A stock gateway refuses supergraphs with security directives: what it composes is the schema without them. */
function withoutSecurity(schema: string): string {
  return print(
    visit(parse(schema), {
      Directive: (node) => (SECURITY.has(node.name.value) ? null : undefined),
      StringValue: (node) => (SECURITY.has(node.value.replace(/^@/, "")) ? null : undefined),
    }),
  );
}

describe("behind a standard Federation 2 gateway that only adds the permit as a header", () => {
  const running = new Map<string, FilledRegister>();
  let gateway: ApolloGateway;
  let execute: Awaited<ReturnType<ApolloGateway["load"]>>["executor"];

  beforeAll(async () => {
    process.env["APOLLO_TELEMETRY_DISABLED"] = "true";
    const [postgres] = databaseServers();
    for (const register of registers)
      running.set(register.name, await startFilled(register, postgres!));
    const supergraphSdl = compose(
      registers.map(({ name, definition }) => ({
        name,
        url: `${running.get(name)!.subgraph.url}/graphql`,
        schema: withoutSecurity(definition.schema),
      })),
    );
    gateway = new ApolloGateway({
      supergraphSdl,
      buildService: ({ name, url = "" }) =>
        new RemoteGraphQLDataSource({
          url,
          async willSendRequest({ request }) {
            request.http?.headers.set("x-permit", await running.get(name!)!.subgraph.permit());
          },
        }),
    });
    ({ executor: execute } = await gateway.load());
  });
  afterAll(async () => {
    await gateway?.stop();
    for (const register of running.values()) await register.close();
  });

  async function ask(
    query: string,
    variables: Record<string, unknown>,
  ): Promise<{ data?: any; errors?: any }> {
    const document = parse(query);
    const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
    return await execute({
      document,
      operation,
      operationName: operation?.name?.value ?? null,
      queryHash: createHash("sha256").update(query).digest("hex"),
      request: { query, variables },
      context: {},
      overallCachePolicy: undefined,
    } as never);
  }

  it("answers one citizen out of every register", async () => {
    const { citizen } = samples(country);
    const facts = [...country.blocks()]
      .flatMap(({ people }) => people)
      .find(({ pin }) => pin === citizen)!;
    const { data, errors } = await ask(
      `query($id: PersonalIdentificationNumber!) {
        citizen(id: $id) {
          givenName
          landRights(first: 1) { nodes { parcel { id } } }
          companies(first: 1) { nodes { company { name } } }
          healthCard { number }
          healthCardEntitlement { entitled }
        }
      }`,
      { id: citizen },
    );
    expect(errors).toBeUndefined();
    expect(data.citizen).toEqual({
      givenName: facts.givenName,
      landRights: { nodes: [{ parcel: { id: expect.stringMatching(/^\d{5}-\d+-\d+$/) } }] },
      companies: { nodes: [{ company: { name: expect.stringMatching(/\S/) } }] },
      healthCard: { number: expect.stringMatching(/^[A-Z]{2}[1-5]\d{12}$/) },
      // Computed by one register from what another owns (@requires): no children's card for an adult.
      healthCardEntitlement: { entitled: false },
    });
  });

  it("passes on what is wrong with an argument", async () => {
    const { data, errors } = await ask(
      "query($id: PersonalIdentificationNumber!) { citizen(id: $id) { givenName } }",
      { id: "12" },
    );
    expect(data).toEqual({ citizen: null });
    expect(errors[0].message).toBe(
      'Argument "id": a personal identification number has exactly 12 digits.',
    );
  });
});
