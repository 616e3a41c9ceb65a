import { expect, test } from "vitest";
import { Endings } from "./endings.ts";

function endingsOf(...names: string[]): { endings: Endings; ended: string[] } {
  const ended: string[] = [];
  const endings = new Endings();
  for (const name of names) endings.add(async () => await Promise.resolve(ended.push(name)));
  return { endings, ended };
}

test("what was started last ends first, each once, whoever asks", async () => {
  const { endings, ended } = endingsOf("database", "server", "callers");
  await Promise.all([endings.all(), endings.all()]);
  await endings.all();
  expect(ended).toEqual(["callers", "server", "database"]);
});

test("what cannot be ended keeps nothing else running, and is told", async () => {
  const { endings, ended } = endingsOf("database");
  endings.add(async () => await Promise.reject(new Error("it does not end")));
  await expect(endings.all()).rejects.toThrow("it does not end");
  expect(ended).toEqual(["database"]);
});

test("what is started for a part of the work ends with it, where that fails too", async () => {
  const { endings, ended } = endingsOf("database");
  const part = endings.within(async (own) => {
    own.add(async () => await Promise.resolve(ended.push("gateway")));
    await Promise.reject(new Error("another answer"));
  });
  await expect(part).rejects.toThrow("another answer");
  expect(ended).toEqual(["gateway"]);
  await endings.all();
  expect(ended).toEqual(["gateway", "database"]);
});

test("what a part has started ends before what was there, where the whole is ended meanwhile", async () => {
  const { endings, ended } = endingsOf("database");
  const started = Promise.withResolvers<void>();
  const interrupted = Promise.withResolvers<void>();
  const part = endings.within(async (own) => {
    own.add(async () => await Promise.resolve(ended.push("gateway")));
    started.resolve();
    await interrupted.promise;
  });
  await started.promise;
  await endings.all();
  expect(ended).toEqual(["gateway", "database"]);
  interrupted.resolve();
  await part;
  expect(ended).toEqual(["gateway", "database"]);
});
