import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isOwnProcess, readFederation } from "../../infra/src/federation.ts";
import { filesUnder, ROOT } from "./workspace-files.ts";

const registers = readFederation()
  .filter(isOwnProcess)
  .map(({ name, title }) => ({ name, title }));

/** A whole word, in whatever case: where nothing else can be meant. */
function asWord(name: string): RegExp {
  return new RegExp(`\\b${name}\\b`, "i");
}

/** Used as a name: quoted, as a scope's or a path's part, or as a title. Plain English words are no names. */
function asName(name: string, title: string): RegExp {
  return new RegExp(`["'\`/@]${name}["'\`/:]|\\b${name}:[a-z]|${title}`);
}

function linesMatching(folder: string, patterns: readonly RegExp[]): string[] {
  return filesUnder(folder).flatMap((file) =>
    readFileSync(join(ROOT, file), "utf8")
      .split("\n")
      .flatMap((line, index) =>
        patterns.some((pattern) => pattern.test(line))
          ? [`${file}:${index + 1}: ${line.trim()}`]
          : [],
      ),
  );
}

test("the registers are known", () => {
  expect(registers.length).toBeGreaterThanOrEqual(4);
});

test("no register's name appears under gateway/router: a further one needs no change there", () => {
  expect(
    linesMatching(
      "gateway/router",
      registers.map(({ name }) => asWord(name)),
    ),
  ).toEqual([]);
});

test("no register's name appears in shared/", () => {
  expect(
    linesMatching(
      "shared",
      registers.map(({ name, title }) => asName(name, title)),
    ),
  ).toEqual([]);
});

test("a name is told from an English word", () => {
  expect(asName("land", "Land register").test('scopes: [["land:parcel"]]')).toBe(true);
  expect(
    asName("land", "Land register").test('import x from "../../subgraphs/land/src/x.ts"'),
  ).toBe(true);
  expect(asName("land", "Land register").test('title: "Land register"')).toBe(true);
  expect(
    asName("land", "Land register").test("A land-use type of the list in force: 3 letters."),
  ).toBe(false);
});
