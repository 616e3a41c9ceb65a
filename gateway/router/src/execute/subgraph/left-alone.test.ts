import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { freePort } from "@truc/service/testing";
import { expect, test, vi } from "vitest";
import { opened } from "../../http/test-opened.ts";
import { OpenEnding } from "../ending.ts";
import { clientsWith, counted, fetchOf } from "./test-clients.ts";

const DATA = '{"data":{"ship":"Sao Mai"}}';
const ANSWER = { data: { ship: "Sao Mai" }, bytes: Buffer.byteLength(DATA) };

async function listening(server: Server, port = 0): Promise<string> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

test("a subgraph that dies is left alone after ten failures, and one trial at a time finds out when it is back", async () => {
  const first = createServer((_request, response) => void response.end(DATA));
  const port = await freePort();
  const url = await listening(first, port);
  const clients = clientsWith();
  const ask = async () => await clients.fetch("ships", fetchOf(url, "{ ship }"));
  await ask();
  await close(first);
  for (let time = 0; time < 10; time += 1) await expect(ask()).rejects.toThrow("it did not answer");
  const before = counted();
  await expect(ask()).rejects.toThrow("it is left alone for a while");
  // What was not sent is not counted as asked.
  expect(counted()).toEqual(before);

  let trials = 0;
  const second = createServer((_request, response) => {
    trials += 1;
    setImmediate(() => response.end(DATA));
  });
  await listening(second, port);
  opened.push({ close: async () => await close(second) });
  const outcomes = await vi.waitFor(async () => {
    const all = await Promise.allSettled([ask(), ask(), ask()]);
    expect(all[0]!.status).toBe("fulfilled");
    return all;
  }, 10_000);
  // The trial was one message; who asked beside it was refused at once.
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(trials).toBe(1);
  expect(await ask()).toEqual(ANSWER);
});

test("what waits for a batch is refused with those before it, and callers who leave open nothing", async () => {
  let caller = new OpenEnding();
  let came = 0;
  const server = createServer(() => {
    came += 1;
    caller.end();
  });
  const url = await listening(server);
  opened.push({ close: async () => await close(server) });
  const leavers = clientsWith({ batching: true });
  for (let time = 0; time < 20; time += 1) {
    caller = new OpenEnding();
    const asking = leavers.fetch("ships", fetchOf(url, "{ ship }", { ending: caller }));
    await expect(asking).rejects.toThrow("nobody waits for it any more");
  }
  expect(came).toBe(20);
  const clients = clientsWith({ batching: true, deadlineMs: 50 });
  const reasons = new Set<string>();
  await vi.waitFor(async () => {
    await clients
      .fetch("ships", fetchOf(url, "{ ship }"))
      .catch(({ message }: Error) => reasons.add(message));
    expect(reasons.size).toBe(2);
  }, 10_000);
  expect(reasons).toEqual(new Set(["it did not answer in time", "it is left alone for a while"]));
});
