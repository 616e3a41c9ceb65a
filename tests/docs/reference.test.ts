import { readdirSync, readFileSync } from "node:fs";
import { renderErrors, renderSettings } from "@truc/infra/docs";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");

test.each([
  ["infra/docs/errors.md", renderErrors],
  ["infra/docs/settings.md", renderSettings],
])("%s is what the source says (npm run docs writes it)", (path, render) => {
  expect(text(path)).toBe(render());
});

test("every setting says what it means", () => {
  const unexplained = renderSettings()
    .split("\n")
    .filter((line) => /^\| `[A-Z_]+` .*\|\s*\|$/.test(line));
  expect(unexplained).toEqual([]);
});

describe("links between documents", () => {
  const documents = [
    "README.md",
    "tests/README.md",
    "infra/README.md",
    "shared/contracts/README.md",
    "shared/service/README.md",
    "gateway/router/README.md",
    "gateway/authority/README.md",
    "gateway/audit/README.md",
  ].concat(
    readdirSync(new URL("infra/docs/", root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `infra/docs/${name}`),
  );
  test.each(documents)("%s leads somewhere", (document) => {
    const targets = [...text(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      ([, target]) => target!,
    );
    for (const target of targets) {
      const url = new URL(target, new URL(document, root));
      expect(() => readFileSync(url), `${document} → ${target}`).not.toThrow();
    }
  });
});

test("every decision record is listed", () => {
  const listed = [...text("infra/docs/decisions/README.md").matchAll(/\((\d{4}-[^)]+)\)/g)].map(
    ([, name]) => name!,
  );
  const written = readdirSync(new URL("infra/docs/decisions/", root)).filter((name) =>
    /^\d{4}-/.test(name),
  );
  expect(listed.toSorted()).toEqual(written.toSorted());
});
