import { statSync } from "node:fs";

/** When a file last changed, milliseconds since the epoch; 0 while it is not there, -1 while it may not be looked at. */
export function lastChange(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return -1;
  }
}
