import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { AuthorityProcess } from "../harness/authority-process.ts";
import { RouterSetup } from "../harness/router-process.ts";
import { composeSupergraph } from "../harness/test-router.ts";
import setUpServers from "../setup/servers.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";

const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { a: Int }',
  },
]);

/**
 * How long a grant that was suspended at the authority still opens anything: from the moment the order is sent until
 * each of two routers refuses, all three processes of their own. Routers are asked without a pause.
 */
export async function revocationDelay({ quick }: BenchOptions): Promise<BenchRow[]> {
  const stopServers = await setUpServers();
  try {
    return await measure(quick ? 10 : 100);
  } finally {
    await stopServers();
  }
}

async function measure(rounds: number): Promise<BenchRow[]> {
  const authority = await AuthorityProcess.start();
  const setup = await RouterSetup.make(SUPERGRAPH);
  const settings = await authority.routerSettings();
  const processes = ["first", "second"].map((name) => {
    const journal = join(setup.directory, name);
    mkdirSync(journal);
    return setup.start({ ...settings, AUDIT: `journal:${journal}` });
  });
  try {
    const routers = await Promise.all(processes.map(async (each) => await each.ready()));
    const token = await authority.personToken();
    const until = async (wanted: number): Promise<void> => {
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
      };
      await Promise.all(
        routers.map(async (router) => {
          while ((await setup.ask(router, "{ __typename }", { headers })).status !== wanted);
        }),
      );
    };
    await until(200);
    const delays: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      await Promise.all([authority.order("suspend", "grant"), until(403)]);
      delays.push(performance.now() - began);
      await Promise.all([authority.order("resume", "grant"), until(200)]);
    }
    return [rowOf("grant suspended until two routers refuse", "ms", delays)];
  } finally {
    await Promise.all(processes.map(async (each) => await each.signal("SIGTERM")));
    await setup.stop();
    await authority.stop();
  }
}
