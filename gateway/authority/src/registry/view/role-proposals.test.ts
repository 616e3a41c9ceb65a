import { databaseServers, startSubgraph, type TestSubgraph } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tablesOf } from "../../tables.ts";
import { registrySubgraph } from "../subgraph.ts";
import { startTestRegistry, type TestRegistry } from "../test-registry.ts";

describe.each(databaseServers())("proposals of roles on $dialect", (server) => {
  let registry: TestRegistry;
  let subgraph: TestSubgraph;
  beforeAll(async () => {
    registry = await startTestRegistry(server);
    subgraph = await startSubgraph(registrySubgraph({}), registry.url);
    const people = await tablesOf(registry.db).selectFrom("person").select("id").execute();
    await tablesOf(registry.db)
      .insertInto("subject")
      .values(people.map(({ id }) => ({ subject: `sub-${id}`, person: id, client: "desk" })))
      .execute();
  });
  afterAll(async () => {
    await subgraph?.stop();
    await registry?.close();
  });
  const as = async (person: string, query: string) =>
    await subgraph.query(query, { person: `sub-${person}`, agency: "operator" });

  test("proposed roles are shown to operators and auditors, and confirmed or dropped", async () => {
    const shown =
      "proposal { id person { id } roles { role agency { id } } before { role } proposedBy { id } reason }";
    const change = async (person: string, mutation: string) => {
      const { data, errors } = await as(person, `mutation { done: ${mutation} { id ${shown} } }`);
      expect(errors).toBeUndefined();
      return data.done;
    };
    const roles = '[{ role: AGENCY_ADMIN, agency: "elsewhere" }, { role: AUDITOR }]';
    const propose = () =>
      change("op", `setRoles(person: "stranger", roles: ${roles}, reason: "She asks for it.")`);
    const { proposal } = await propose();
    expect(proposal).toEqual({
      id: expect.any(String),
      person: { id: "stranger" },
      roles: [
        { role: "AGENCY_ADMIN", agency: { id: "elsewhere" } },
        { role: "AUDITOR", agency: null },
      ],
      before: [{ role: "AGENCY_ADMIN" }, { role: "OWNER_ADMIN" }],
      proposedBy: { id: "op" },
      reason: "She asks for it.",
    });
    const listed = async (person: string) =>
      (await as(person, '{ roleProposals { id } person(id: "stranger") { proposal { id } } }'))
        .data;
    const seen = {
      roleProposals: [{ id: proposal.id }],
      person: { proposal: { id: proposal.id } },
    };
    expect([await listed("auditor"), await listed("op-2")]).toEqual([seen, seen]);
    expect(await listed("clerk")).toEqual({ roleProposals: [], person: { proposal: null } });
    const named = (id: string) => `person: "stranger", proposal: "${id}", reason: "So."`;
    await change("op-2", `rejectRoles(${named(proposal.id)})`);
    const again = (await propose()).proposal;
    await change("op-2", `confirmRoles(${named(again.id)})`);
    const { data } = await as("op", '{ person(id: "stranger") { roles { role } } }');
    expect(data.person.roles).toEqual([{ role: "AGENCY_ADMIN" }, { role: "AUDITOR" }]);
  });
});
