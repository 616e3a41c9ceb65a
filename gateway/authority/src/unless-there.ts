import type { Database } from "@truc/service";
import type { InsertQueryBuilder, InsertResult } from "kysely";
import type { Tables } from "./tables.ts";

/** An insert that leaves a row with the same key as it is, and says by the number of its rows whether there was one. */
export function unlessThere<Table extends keyof Tables>(
  { dialect }: Pick<Database, "dialect">,
  insert: InsertQueryBuilder<Tables, Table, InsertResult>,
): InsertQueryBuilder<Tables, Table, InsertResult> {
  return dialect === "postgres"
    ? insert.onConflict((conflict) => conflict.doNothing())
    : insert.ignore();
}
