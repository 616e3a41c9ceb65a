import { createLog } from "@truc/service/process";
import { beforeEach } from "vitest";
import { opened } from "../../http/test-opened.ts";
import { ByteAllowance } from "../byte-allowance.ts";
import { OpenEnding } from "../ending.ts";
import type { PermitClaims } from "../permits.ts";
import { SubgraphClients, type SubgraphFetch } from "../subgraph-clients.ts";

/** What the tests of this folder share: clients, and what they are asked. */
const counts: SubgraphFetch["counts"] = { asked: new Map(), failed: new Map() };
beforeEach(() => {
  counts.asked.clear();
  counts.failed.clear();
});

/** How often `ships` was asked in this test, and how often in vain. */
export const counted = (): [number, number] => [
  counts.asked.get("ships") ?? 0,
  counts.failed.get("ships") ?? 0,
];

export function clientsWith({
  batching = false,
  permit = false,
  splicing = false,
  deadlineMs = 10_000,
} = {}): SubgraphClients {
  const clients = new SubgraphClients({
    log: createLog({ name: "test", level: "silent" }),
    deadlineMs,
    capabilities: () => ({ permit, batching, splicing }),
    permitFor: ({ system }) => `permit of ${system}`,
  });
  opened.push(clients);
  return clients;
}

/** An operation; everything that is one request's own says whose. */
export function fetchOf(
  url: string,
  query: string,
  more: Partial<SubgraphFetch> = {},
): SubgraphFetch {
  return {
    url,
    query,
    mutation: false,
    operationName: undefined,
    variables: {},
    request: { requestId: `id of ${query}`, trace: {} },
    permit: { system: `system of ${query}` } as PermitClaims,
    digest: `digest of ${query}`,
    ending: new OpenEnding(),
    allowance: new ByteAllowance(1_000),
    counts,
    ...more,
  };
}
