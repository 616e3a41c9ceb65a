import { GraphQLError } from "graphql";
import { expect, it } from "vitest";
import { type OperationAnswer, writeAnswer, writeBatch } from "./answer-text.ts";

const answers: OperationAnswer[] = [
  { data: '{"name":"Nguyễn \\"Ân\\""}', errors: [], item: 0 },
  { data: '{"a":null}', errors: [new GraphQLError("đ", { path: ["a", 1] })], item: undefined },
  { data: undefined, errors: [new GraphQLError("refused")], item: 7 },
];
const values = [
  { data: { name: 'Nguyễn "Ân"' }, extensions: { item: 0 } },
  { data: { a: null }, errors: [{ message: "đ", path: ["a", 1] }] },
  { errors: [{ message: "refused" }], extensions: { item: 7 } },
];

it("writes an answer as JSON", () => {
  for (const [at, answer] of answers.entries()) {
    const { bytes, itemBytes } = writeAnswer(answer);
    expect(JSON.parse(bytes.toString())).toEqual(values[at]);
    expect(itemBytes).toBeUndefined();
  }
});

it("writes a batch as an array whose items have the lengths it says", () => {
  for (const some of [answers, answers.slice(0, 1)]) {
    const { bytes, itemBytes = [] } = writeBatch(some);
    const text = bytes.toString();
    expect(JSON.parse(text)).toEqual(values.slice(0, some.length));
    expect(text).toBe(`[${some.map((each) => writeAnswer(each).bytes.toString()).join(",")}]`);
    let at = 1;
    const cut = itemBytes.map((length) => {
      const item = bytes.subarray(at, at + length).toString();
      at += length + 1;
      return JSON.parse(item) as unknown;
    });
    expect(cut).toEqual(values.slice(0, some.length));
    expect(at).toBe(bytes.length);
  }
});
