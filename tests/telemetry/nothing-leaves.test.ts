import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HeldSubgraph } from "../harness/held-subgraph.ts";
import { RouterSetup } from "../harness/router-process.ts";
import { composeSupergraph } from "../harness/test-router.ts";

const WATCH = fileURLToPath(new URL("watch-connections.mjs", import.meta.url));

let held: HeldSubgraph;
let setup: RouterSetup;

beforeEach(async () => {
  held = await HeldSubgraph.start();
  setup = await RouterSetup.make(composeSupergraph([held.subgraph]));
});
afterEach(async () => {
  await setup.stop();
  await held.stop();
});

test("from its start to its end a router speaks to its issuer and its subgraphs, and to nobody else", async () => {
  const file = join(setup.directory, "connections");
  writeFileSync(file, "");
  // The vendor's own switch is not set here: the router must have turned it.
  const router = setup.start({ CONNECTIONS: file }, ["--import", WATCH]);
  try {
    const url = await router.ready();
    for (const query of [
      "{ quick }",
      "{ __typename }",
      "{ __schema { types { name } } }",
      "{ nothing }",
    ]) {
      await setup.ask(url, query);
    }
    await fetch(`${url}/health/ready`);
    // Whatever was begun at the start is over, and whatever waits for the end is sent, when the process is gone.
    expect(await router.signal("SIGTERM")).toBe(0);
    const targets = new Set(readFileSync(file, "utf8").trimEnd().split("\n"));
    const address = (from: string): string => `connect ${new URL(from).host}`;
    expect([...targets].toSorted()).toEqual(
      [address(setup.issuer.url), address(held.subgraph.url)].toSorted(),
    );
  } finally {
    await router.signal("SIGKILL");
  }
});

test("what a router could send is seen: connections, names and datagrams", async () => {
  const file = join(setup.directory, "connections");
  writeFileSync(file, "");
  const stray = join(setup.directory, "stray.mjs");
  writeFileSync(
    stray,
    `import net, { connect } from "node:net";
     import { lookup } from "node:dns";
     import { resolve4 } from "node:dns/promises";
     import dgram from "node:dgram";
     connect(80, "192.0.2.1").on("error", () => {});
     net.createConnection({ host: "192.0.2.2", port: 443 }).on("error", () => {});
     fetch("http://192.0.2.3/").catch(() => {});
     lookup("a.invalid", () => {});
     resolve4("b.invalid").catch(() => {});
     const socket = dgram.createSocket("udp4").on("error", () => {});
     socket.send("x", 53, "127.0.0.1", () => socket.close());`,
  );
  const router = setup.start({ CONNECTIONS: file }, ["--import", WATCH, "--import", stray]);
  try {
    await router.ready();
    expect(await router.signal("SIGTERM")).toBe(0);
    const targets = new Set(readFileSync(file, "utf8").trimEnd().split("\n"));
    expect([...targets].toSorted()).toEqual([
      "connect 192.0.2.1:80",
      "connect 192.0.2.2:443",
      "connect 192.0.2.3:80",
      "dns.lookup a.invalid (callback)",
      "dns.resolve4 b.invalid (promise)",
      "send 127.0.0.1:53",
    ]);
  } finally {
    await router.signal("SIGKILL");
  }
});
