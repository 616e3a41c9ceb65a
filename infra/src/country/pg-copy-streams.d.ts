// The package brings no types; this is the part of it that the load uses.
declare module "pg-copy-streams" {
  import type { Writable } from "node:stream";
  import type { Submittable } from "pg";
  /** A stream to write COPY's text format into; finishes when the server has taken the rows in. */
  export function from(statement: string): Writable & Submittable;
}
