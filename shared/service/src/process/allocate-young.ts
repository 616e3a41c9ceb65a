import { setFlagsFromString } from "node:v8";

/**
 * Has V8 make every object in the space for new ones, where dying young costs nothing. By itself it learns which places
 * of the code make objects that live, and makes theirs among the old. In a server all objects of a request seem to live,
 * those of the requests under way whenever it looks; put among the old, they keep what they point at from
 * dying, so that even more seem to live (infra/docs/decisions/0044-everything-begins-young.md). For a whole process, before it does
 * any work.
 */
export function allocateYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}
