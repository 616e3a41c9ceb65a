import { expect, test } from "vitest";
import { answerText, WrittenData } from "./written-data.ts";

const errors = [{ message: "no", path: ["a"], extensions: { code: "SOME" } }];
const written = new WrittenData('{"a":null,"b":[1]}', 1);

test.each([
  [{ data: { a: 1 } }, '{"data":{"a":1}}\n'],
  [{ data: null }, '{"data":null}\n'],
  [{ errors }, '{"errors":[{"message":"no","path":["a"],"extensions":{"code":"SOME"}}]}\n'],
  [{ extensions: { cost: 1 }, data: {} }, '{"data":{},"extensions":{"cost":1}}\n'],
])("values are answered as Apollo Server would: %j", (result, text) => {
  expect(answerText(result)).toBe(text);
});

test("written data stands where data stands, as it was written", () => {
  const result = { extensions: { cost: 1 }, data: written as never, errors };
  expect(answerText(result)).toBe(
    '{"errors":[{"message":"no","path":["a"],"extensions":{"code":"SOME"}}],"data":{"a":null,"b":[1]},"extensions":{"cost":1}}\n',
  );
  expect(answerText({ data: written as never })).toBe('{"data":{"a":null,"b":[1]}}\n');
});

test("written data is the values it says to whoever stringifies it", () => {
  expect(JSON.stringify({ data: written })).toBe('{"data":{"a":null,"b":[1]}}');
});
