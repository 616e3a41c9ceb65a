import { expect, test } from "vitest";
import { ByteAllowance } from "../byte-allowance.ts";
import { OpenEnding } from "../ending.ts";
import { BatchAnswers, OneAnswer } from "./answers.ts";
import { AskedItem } from "./asked-item.ts";
import { AnswerTooLarge, RegisterUnavailable } from "./subgraph-fetch.ts";
import { fetchOf } from "./test-clients.ts";

const answer = (bytes: number): string => JSON.stringify({ data: "x".repeat(bytes - 11) });
const sizes = (...bytes: number[]): string => bytes.join(",");
const take = (answers: OneAnswer | BatchAnswers, text: string, last = false): void =>
  answers.take(Buffer.from(text), last);

function asked(allowance: ByteAllowance, ending = new OpenEnding()): AskedItem {
  return new AskedItem("ships", fetchOf("http://localhost/", "{ ship }", { allowance, ending }), {
    query: '"{ ship }"',
    permit: undefined,
    deadlineMs: 10_000,
    splicing: false,
  });
}

/** How many bytes the answer had, or why there is none. */
async function outcome({ answer: given }: AskedItem): Promise<unknown> {
  return await given.then(
    ({ bytes }) => bytes,
    (error: unknown) => (error as Error).constructor,
  );
}

test("answers that come at the same time share what their request has left, piece by piece", async () => {
  const allowance = new ByteAllowance(1_000);
  const items = [asked(allowance), asked(allowance), asked(allowance)];
  const [one, two, three] = items.map((item) => new OneAnswer(item));
  take(one!, answer(700).slice(0, 500));
  take(two!, answer(600).slice(0, 500));
  expect(allowance.left).toBe(0);
  take(two!, "x");
  expect(await outcome(items[1]!)).toBe(AnswerTooLarge);
  expect(allowance.left).toBe(500);
  take(one!, answer(700).slice(500), true);
  one!.deliver(200);
  expect([await outcome(items[0]!), allowance.left]).toEqual([700, 300]);
  take(three!, answer(300), true);
  three!.deliver(200);
  expect([await outcome(items[2]!), allowance.left]).toEqual([300, 0]);
});

test("what was not given out in the end, or is not waited for, is the request's again", async () => {
  const allowance = new ByteAllowance(1_000);
  const ending = new OpenEnding();
  const items = [asked(allowance), asked(allowance, ending)];
  const [wrong, left] = items.map((item) => new OneAnswer(item));
  take(wrong!, "{".repeat(400), true);
  take(left!, answer(600).slice(0, 500));
  expect(allowance.left).toBe(100);
  ending.end();
  expect([await outcome(items[1]!), allowance.left]).toEqual([RegisterUnavailable, 600]);
  // Nothing more of it counts.
  take(left!, "x".repeat(100));
  expect(allowance.left).toBe(600);
  expect(() => wrong!.deliver(200)).toThrow(RegisterUnavailable);
  items[0]!.refuse(new RegisterUnavailable("it was none", { retry: false }));
  expect([await outcome(items[0]!), allowance.left]).toEqual([RegisterUnavailable, 1_000]);
});

test.each([
  ["whose sizes are said", sizes(600, 500, 300)],
  ["whose sizes are said wrongly", sizes(600, 501, 300)],
  ["whose sizes are not said", undefined],
])("items of one request in a batch share too, %s", async (_what, said) => {
  for (const piece of [1, 2_000]) {
    const allowance = new ByteAllowance(1_000);
    const other = new ByteAllowance(300);
    const items = [asked(allowance), asked(allowance), asked(other)];
    const batch = new BatchAnswers(items);
    batch.begin(said);
    const text = `[${[600, 500, 300].map(answer).join(",")}]`;
    for (let at = 0; at < text.length; at += piece) take(batch, text.slice(at, at + piece));
    batch.deliver(200);
    expect(await Promise.all(items.map(outcome))).toEqual([600, AnswerTooLarge, 300]);
    expect([allowance.left, other.left]).toEqual([400, 0]);
  }
});

test.each([
  ["right", sizes(600, 300)],
  ["wrong", sizes(601, 299)],
  ["not there", undefined],
])("a batch's items count once where the sizes are %s", async (_how, said) => {
  const allowance = new ByteAllowance(1_000);
  const items = [asked(allowance), asked(allowance)];
  const batch = new BatchAnswers(items);
  batch.begin(said);
  take(batch, `[${answer(600)},${answer(300)}]`);
  batch.deliver(200);
  expect(await Promise.all(items.map(outcome))).toEqual([600, 300]);
  expect(allowance.left).toBe(100);
});
