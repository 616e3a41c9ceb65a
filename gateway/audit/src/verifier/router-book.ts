import type { Batch } from "./batch.ts";
import { beginOfChain } from "./chain.ts";
import type { Findings } from "./finding.ts";
import type { RouterState } from "./segment-head.ts";

/** What the batches before one say about it. */
export interface BatchPlace {
  /** The router's chain before its first record; undefined where that cannot be known. */
  readonly before: Buffer | undefined;
  /** Its router wrote it before its batch before, by its own clock. */
  readonly isWrittenEarlier: boolean;
}

/** A clock is corrected by so much all the time; a router marks nothing below. */
const CORRECTED_MS = 1_000;

interface Router {
  next: number;
  chain: Buffer | undefined;
  written: number;
  /** Sequences that were left out: from and the one after, and the chain before them. */
  gaps: { from: number; to: number; position: number; chain: Buffer | undefined }[];
}

/** Follows each router process's numbers and chain through the batches, as they stand in the log. */
export class RouterBook {
  readonly #routers = new Map<string, Router>();
  readonly #findings: Findings;

  constructor(routers: ReadonlyMap<string, RouterState>, findings: Findings) {
    this.#findings = findings;
    for (const [id, { next, chain }] of routers)
      this.#routers.set(id, { next, chain, written: Number.NEGATIVE_INFINITY, gaps: [] });
  }

  place(batch: Batch): BatchPlace {
    const router = this.#routerOf(batch.router);
    const { first, count } = batch;
    if (first < router.next) return { before: this.#late(batch, router), isWrittenEarlier: false };
    let before = router.chain;
    if (first > router.next) {
      const { next: from, chain } = router;
      router.gaps.push({ from, to: first, position: batch.position, chain });
      before = undefined;
    }
    const isWrittenEarlier = batch.written < router.written - CORRECTED_MS;
    router.next = first + count;
    router.chain = batch.chain;
    router.written = batch.written;
    return { before, isWrittenEarlier };
  }

  /** How the routers stand after all batches; those whose chain is not known are left out. */
  states(): Map<string, RouterState> {
    const states = [...this.#routers].flatMap(([id, { next, chain }]): [string, RouterState][] =>
      chain === undefined ? [] : [[id, { next, chain }]],
    );
    return new Map(states);
  }

  /** Names what was left out and did not come later either. */
  close(): void {
    for (const [id, { gaps }] of this.#routers) {
      for (const { from, to, position } of gaps) {
        this.#findings.add({
          kind: "removed",
          from: position,
          to: position,
          text: `${sequences(from, to)} of router ${id} are missing before this`,
        });
      }
    }
  }

  #routerOf(id: string): Router {
    let router = this.#routers.get(id);
    if (router === undefined) {
      const chain = beginOfChain(id);
      router = { next: 1, chain, written: Number.NEGATIVE_INFINITY, gaps: [] };
      this.#routers.set(id, router);
    }
    return router;
  }

  /** A batch with numbers that others had to follow. @returns the chain before it */
  #late(batch: Batch, router: Router): Buffer | undefined {
    const { position, router: id, first, count } = batch;
    const range = { from: position, to: position + count - 1 };
    const own = sequences(first, first + count);
    const index = router.gaps.findIndex(({ from, to }) => first >= from && first + count <= to);
    const gap = router.gaps[index];
    if (gap === undefined) {
      const text = `${own} of router ${id} were in the log before`;
      this.#findings.add({ kind: "inserted", ...range, text });
      if (first + count > router.next) {
        router.next = first + count;
        router.chain = batch.chain;
      }
      return undefined;
    }
    const text = `${own} of router ${id} stand behind later ones`;
    this.#findings.add({ kind: "reordered", ...range, text });
    const rest = [
      { ...gap, to: first },
      { ...gap, from: first + count, chain: undefined },
    ];
    router.gaps.splice(index, 1, ...rest.filter(({ from, to }) => from < to));
    return first === gap.from ? gap.chain : undefined;
  }
}

/** @param to the one after the last */
function sequences(from: number, to: number): string {
  return to - from === 1 ? `record ${from}` : `records ${from} to ${to - 1}`;
}
