import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { HeldSubgraph } from "../harness/held-subgraph.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

test("a subgraph that joins without a secret costs its own fields only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "truc-federation-"));
  const federation = join(folder, "federation.yaml");
  writeFileSync(federation, "subgraphs: { held: { permit: false }, joined: { permit: true } }");
  const [held, joined] = await Promise.all([HeldSubgraph.start(), HeldSubgraph.start()]);
  const newcomer = {
    name: "joined",
    url: joined.subgraph.url,
    schema: held.subgraph.schema.replaceAll(/quick|slow/g, "$&Too"),
  };
  const router = await TestRouter.start(composeSupergraph([held.subgraph]), {
    FEDERATION: federation,
  });
  try {
    router.replaceSupergraph(composeSupergraph([held.subgraph, newcomer]));
    await vi.waitFor(
      async () => {
        const { status, body } = await router.ask("{ quick quickToo }");
        expect(status).toBe(200);
        expect(body.data).toEqual({ quick: 1, quickToo: null });
        expect(body.errors).toEqual([
          {
            message: 'The register "joined" did not answer.',
            path: ["quickToo"],
            extensions: { code: "REGISTER_UNAVAILABLE", register: "joined", retry: false },
          },
        ]);
      },
      { timeout: 10_000, interval: 50 },
    );
  } finally {
    await router.stop();
    await Promise.all([held.stop(), joined.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
});
