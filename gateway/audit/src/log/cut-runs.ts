import type { Kysely } from "kysely";
import type { ReadBatch, Run } from "./arrange.ts";
import type { Contexts } from "./contexts.ts";

/** Of contexts that one transaction reads; the contexts of a single batch always fit: 200 of 64 KiB at most. */
const MAX_CONTEXT_BYTES = 16 * 1024 * 1024;

/**
 * Cuts runs to what contexts one transaction reads. The routers take turns, who needs least first, so that none keeps the
 * others out by what its own records point to.
 * @returns whether anything was left for the next transaction
 */
export async function cutRuns(
  db: Kysely<any>,
  runs: readonly Run[],
  contexts: Contexts,
): Promise<{ runs: readonly Run[]; isCut: boolean }> {
  const all = runs.flatMap(({ batches }) => batches.flatMap(digestsOf));
  const sizes = await contexts.sizes(db, all);
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (total <= MAX_CONTEXT_BYTES) return { runs, isCut: false };
  const taken = new Set<string>();
  const kept = new Map<Run, number>();
  let left = MAX_CONTEXT_BYTES;
  const costOf = (batch: ReadBatch): number =>
    [...new Set(digestsOf(batch))].reduce(
      (sum, digest) => sum + (taken.has(digest) ? 0 : (sizes.get(digest) ?? 0)),
      0,
    );
  let going = [...runs];
  for (let turn = 0; going.length > 0; turn++) {
    const costs = going
      .flatMap((run) => {
        const batch = run.batches[turn];
        return batch === undefined ? [] : [{ run, batch, cost: costOf(batch) }];
      })
      .sort((a, b) => a.cost - b.cost);
    going = [];
    for (const { run, batch } of costs) {
      const cost = costOf(batch);
      if (cost > left && kept.size > 0) continue;
      left -= cost;
      for (const digest of digestsOf(batch)) taken.add(digest);
      kept.set(run, turn + 1);
      going.push(run);
    }
  }
  return {
    runs: runs.map((run) => ({ ...run, batches: run.batches.slice(0, kept.get(run) ?? 0) })),
    isCut: true,
  };
}

function digestsOf({ entries }: ReadBatch): string[] {
  return entries.flatMap(({ record }) => record?.context ?? []);
}
