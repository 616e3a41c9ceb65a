import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { filesUnder, ROOT } from "./workspace-files.ts";

const VERIFIER = "gateway/audit/src/verifier";
/** What reads RFC 9421's headers for receipts. */
const LIBRARIES = ["http-message-signatures", "structured-headers"];

/** Whether the verifier may use it: then it shares no code with what writes the log. */
function isItsOwn(file: string, specifier: string): boolean {
  if (specifier.startsWith("."))
    return normalize(join(dirname(file), specifier)).startsWith(`${VERIFIER}/`);
  return specifier.startsWith("node:") || LIBRARIES.includes(specifier);
}

/** What a source imports; `Buffer.from("…")` is no import. */
function importsIn(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const found = source.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\(\s*)"([^"\n]+)"/g);
  return [...found].map((match) => match[1]!);
}

const sources = filesUnder(VERIFIER).filter((file) => /(?<!\.test)\.ts$/.test(file));

test("the verifier shares no code with what it verifies", () => {
  expect(sources).toContain(`${VERIFIER}/index.ts`);
  const foreign = sources.flatMap((file) =>
    importsIn(file)
      .filter((specifier) => !isItsOwn(file, specifier))
      .map((specifier) => `${file} imports ${specifier}`),
  );
  expect(foreign).toEqual([]);
});

test("receipts alone need libraries", () => {
  const needing = sources.filter((file) =>
    importsIn(file).some((each) => LIBRARIES.includes(each)),
  );
  expect(needing).toEqual([`${VERIFIER}/receipt-header.ts`, `${VERIFIER}/receipt.ts`]);
});

test.each([
  ["../log/entry.ts", false],
  ["@truc/contracts", false],
  ["zod", false],
  ["./tree.ts", true],
  ["node:crypto", true],
])("%s: %s", (specifier, allowed) => {
  expect(isItsOwn(`${VERIFIER}/a.ts`, specifier)).toBe(allowed);
});
