import { setFlagsFromString } from "node:v8";

/**
 * Suits V8 to a server (infra/docs/decisions/0044-everything-begins-young.md and 0052-nothing-given-back-in-a-pause.md). For a
 * whole process, before it does any work.
 *
 * Every object begins in the space for new ones, where dying young costs nothing. By itself V8 learns which places of the
 * code make objects that live, and makes theirs among the old. In a server all objects of a request seem to live, those of
 * the requests under way whenever it looks; put among the old, they keep what they point at from dying, so that even more
 * seem to live.
 *
 * And functions that no request has called for a while stay compiled: the heap of a busy process is looked through every
 * second or two, and to V8 that is how time passes.
 *
 * @param options.keepsRoom what the process has taken for new objects it keeps while nobody asks it anything: V8 would give
 *   it back after eight seconds, and the next requests would be copied again and again in what is left. How often V8 does
 *   so is all that can be set once the process runs
 */
export function tuneHeap({ keepsRoom = false }: { keepsRoom?: boolean | undefined } = {}): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  setFlagsFromString("--no-flush-bytecode");
  if (keepsRoom) setFlagsFromString("--memory-reducer-gc-count=0");
}
