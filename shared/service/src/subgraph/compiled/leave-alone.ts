import { isPromise } from "./is-promise.ts";

/** Nobody waits any more for a value, or for what stands in a list: it may fail without ending the process. */
export function leaveAlone(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => {});
  else if (Array.isArray(value)) for (const item of value) leaveAlone(item);
}
