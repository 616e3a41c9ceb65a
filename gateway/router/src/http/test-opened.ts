import { afterEach } from "vitest";

/** What is closed after each test, what was opened last first. */
export const opened: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});
