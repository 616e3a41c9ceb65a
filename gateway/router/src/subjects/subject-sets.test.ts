import { createLog } from "@truc/service/process";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RegisterUnavailable, type MeasuredAnswer } from "../execute/subgraph-clients.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import type { Recording } from "../record.ts";
import { Digests } from "../record/digests.ts";
import { LocalMonthKeys } from "../record/month-keys.ts";
import { SubjectSets } from "./subject-sets.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const keys = new LocalMonthKeys(Buffer.alloc(32));
const request = { requestId: "r", trace: {} } as IncomingRequest;
const ALONE = { household: [], wards: [] };
const SET = { household: ["1", "2"], wards: ["3"] };

/** A register that gives one answer after the other, and the last one for ever. */
function register(...answers: (Partial<MeasuredAnswer> | Error)[]) {
  let asked = 0;
  const clients = {
    fetch: async (): Promise<MeasuredAnswer> => {
      const answer = answers[Math.min(asked, answers.length - 1)]!;
      asked += 1;
      if (answer instanceof Error) throw answer;
      return await Promise.resolve({ bytes: 0, ...answer });
    },
  };
  const sets = new SubjectSets({
    operation: {
      subgraph: "kin",
      operation: "query ($citizen: ID!) { x }",
      scopes: [],
      entity: "Sailor",
    },
    clients: clients as never,
    federation: { present: { subgraphs: new Map([["kin", { name: "kin", url: "" }]]) } } as never,
    digests: new Digests(keys),
    recording: { book: undefined } as Recording,
    log: createLog({ name: "test", level: "silent" }),
  });
  return { of: async (pin: string) => await sets.of(pin, request), asked: () => asked };
}

test("is what the operation's only root field answers, for a minute and for that person", async () => {
  const kin = register({ data: { anything: SET } }, { data: { anything: ALONE } });
  expect(await kin.of("1")).toEqual(SET);
  vi.advanceTimersByTime(59_999);
  expect(await kin.of("1")).toEqual(SET);
  expect(await kin.of("2")).toEqual(ALONE);
  vi.advanceTimersByTime(1);
  expect(await kin.of("1")).toEqual(ALONE);
  expect(kin.asked()).toBe(3);
});

test("whom the register does not know is alone, for a minute", async () => {
  const kin = register({ data: { x: null } }, { data: { x: SET } });
  expect(await kin.of("1")).toEqual(ALONE);
  vi.advanceTimersByTime(59_999);
  expect(await kin.of("1")).toEqual(ALONE);
});

test.each<[string, Partial<MeasuredAnswer> | Error]>([
  ["does not answer", new RegisterUnavailable("down", { retry: true })],
  ["answers with an error", { data: { x: SET }, errors: [{ message: "no" }] }],
  ["answers nothing", { data: null }],
  ["answers something else", { data: { x: { household: "1", wards: [] } } }],
  ["leaves out the wards", { data: { x: { household: [] } } }],
])("a register that %s leaves a person alone, for five seconds", async (_case, answer) => {
  const kin = register(answer, { data: { x: SET } });
  expect(await kin.of("1")).toEqual(ALONE);
  vi.advanceTimersByTime(4_999);
  expect(await kin.of("1")).toEqual(ALONE);
  vi.advanceTimersByTime(1);
  expect(await kin.of("1")).toEqual(SET);
});
