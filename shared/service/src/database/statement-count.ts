import { AsyncLocalStorage } from "node:async_hooks";

/** What one operation made the database do. */
export interface DatabaseUse {
  statements: number;
  /** Entity rows that statements outside of loaders brought; loaders count their own (see operation-context.ts). */
  rows: number;
}

const storage = new AsyncLocalStorage<DatabaseUse>();

/** Runs a function whose statements, however deep and late, are counted on `use`. */
export function countingOn<T>(use: DatabaseUse, run: () => T): T {
  return storage.run(use, run);
}

export function countStatement(): void {
  const use = storage.getStore();
  if (use !== undefined) use.statements++;
}

export function countRows(rows: number): void {
  const use = storage.getStore();
  if (use !== undefined) use.rows += rows;
}
