import { expect, test } from "vitest";
import { emptyMap } from "../execute/merge.ts";
import { objectWriter, type FieldWriter } from "./object-writer.ts";
import type { Writing } from "./writing.ts";

const HOSTILE = [
  "__proto__",
  "constructor",
  "toString",
  'quote"',
  "back\\slash",
  "line\nfeed",
  "\u2028",
  "`${globalThis.broken = 1}`",
  '"]; globalThis.broken = 1; ["',
  "*/ globalThis.broken = 1; /*",
];

function textField(key: string, inner = key): FieldWriter {
  return { key, inner, form: "text", write: (_writing, source) => JSON.stringify(source[inner]) };
}

test.each(HOSTILE)("a field may be called %j", (name) => {
  const write = objectWriter([textField(name), textField("plain", name)], 0);
  const source = emptyMap();
  const writing = { open: true, cost: 0, at: [] } as unknown as Writing;
  source[name] = "there";
  expect(write(writing, source, 0)).toBe(`{${JSON.stringify(name)}:"there","plain":"there"}`);
  source[name] = 'not "plain"';
  const quoted = JSON.stringify('not "plain"');
  expect(write(writing, source, 0)).toBe(`{${JSON.stringify(name)}:${quoted},"plain":${quoted}}`);
  expect(globalThis).not.toHaveProperty("broken");
});

test("what every object has alike is written with whatever stands around it", () => {
  const typename = { key: "t", inner: "t", constant: '"A"', write: () => '"A"' };
  const writing = { open: true, cost: 0, at: [] } as unknown as Writing;
  const write = objectWriter([typename, textField("x"), { ...typename, key: "u" }], 3);
  expect(write(writing, { x: "y" }, 0)).toBe('{"t":"A","x":"y","u":"A"}');
  expect(writing.cost).toBe(3);
  expect(objectWriter([], 0)(writing, {}, 0)).toBe("{}");
});
