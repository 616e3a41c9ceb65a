import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannedSubgraph } from "./canned-subgraph.ts";
import { composeSupergraph, TestRouter } from "./test-router.ts";

/** A router over subgraphs that answer whatever a test has put there. */
export class CannedFederation<Name extends string> {
  readonly router: TestRouter;
  readonly subgraphs: Readonly<Record<Name, CannedSubgraph>>;

  private constructor(router: TestRouter, subgraphs: Readonly<Record<Name, CannedSubgraph>>) {
    this.router = router;
    this.subgraphs = subgraphs;
  }

  /**
   * @param schemas of its subgraphs, by name
   * @param capabilities of each of them
   */
  static async start<Name extends string>(
    schemas: Readonly<Record<Name, string>>,
    capabilities: { splicing?: boolean } = {},
  ): Promise<CannedFederation<Name>> {
    const started = await Promise.all(
      Object.entries<string>(schemas).map(async ([name, schema]) => {
        const subgraph = await CannedSubgraph.start();
        return { name, schema, url: subgraph.url, subgraph };
      }),
    );
    const directory = mkdtempSync(join(tmpdir(), "truc-canned-"));
    const FEDERATION = join(directory, "federation.yaml");
    const own = started.map(({ name }) => [name, { permit: false, ...capabilities }]);
    // JSON is YAML.
    writeFileSync(FEDERATION, JSON.stringify({ subgraphs: Object.fromEntries(own) }));
    const router = await TestRouter.start(composeSupergraph(started), { FEDERATION });
    rmSync(directory, { recursive: true });
    const subgraphs = Object.fromEntries(started.map(({ name, subgraph }) => [name, subgraph]));
    return new CannedFederation(router, subgraphs as Record<Name, CannedSubgraph>);
  }

  async stop(): Promise<void> {
    await this.router.stop();
    for (const subgraph of Object.values<CannedSubgraph>(this.subgraphs)) await subgraph.stop();
  }
}
