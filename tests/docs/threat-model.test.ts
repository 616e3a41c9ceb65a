import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../infra/src/federation.ts";

/** A control is proven by rows of the form: `path/of.test.ts` › its title. */
const NAMED_TEST = /`([^`]+\.test\.ts)` › ([^|<]+?)\s*(?:<br>|\|)/g;

const model = readFileSync(join(ROOT, "infra/docs/threat-model.md"), "utf8");
const rows = model
  .split("\n")
  .filter((line) => /^\| (T\d+)/.test(line))
  .map((line) => ({ id: /^\| (T\d+)/.exec(line)![1]!, line: `${line} ` }));
const named = rows.flatMap(({ id, line }) =>
  [...line.matchAll(NAMED_TEST)].map(([, file, title]) => ({
    id,
    file: file!,
    title: title!.replaceAll("\\_", "_"),
  })),
);

describe("the threat model", () => {
  test("every threat has a number of its own and at least one named test", () => {
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => `T${index + 1}`));
    expect(rows.filter(({ id }) => !named.some((each) => each.id === id))).toEqual([]);
  });

  test.each(named)("$id: $file › $title", ({ file, title }) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    expect(titlesIn(text)).toContain(title);
  });
});

/** Titles as they stand in a test file: right behind the call, behind a table of cases, and in such a table. */
const TITLES = [
  /(?:test|it|describe)(?:\.\w+)*(?:\([^"'`]*?\))*\(\s*(["'`])(.+?)\1/gs,
  /\](?: as const)?,?\s*\)\(\s*(["'`])(.+?)\1/gs,
  /^\s*\[?\s*(["'`])(.+?)\1,/gm,
];

function titlesIn(text: string): string[] {
  return TITLES.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[2]!));
}
