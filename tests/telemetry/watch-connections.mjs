// Loaded into a process before its own code (node --import): writes down where it connects to, and whose name it asks
// for, one line each in the file CONNECTIONS names. What is not this machine goes nowhere, so that a test that finds
// something does no harm. Repeated work that would wait for a minute or longer is done at once and often: a day passes
// while a test looks on.
import { appendFileSync } from "node:fs";
import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const MINUTE_MS = 60_000;
const HURRIED_MS = 100;

function note(way, target) {
  appendFileSync(process.env.CONNECTIONS, `${way} ${target}\n`);
}

function isLoopback(host) {
  return host === undefined || host === "localhost" || host === "::1" || host.startsWith("127.");
}

const connect = Reflect.get(net.Socket.prototype, "connect");
net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const { host, port, path } =
    typeof first === "object" && first !== null
      ? first
      : { port: first, host: typeof second === "string" ? second : undefined };
  note("connect", path ?? `${host ?? "localhost"}:${port}`);
  if (path !== undefined || isLoopback(host)) return connect.apply(this, given);
  process.nextTick(() =>
    this.destroy(Object.assign(new Error("unreachable"), { code: "ENETUNREACH" })),
  );
  return this;
};

const send = Reflect.get(dgram.Socket.prototype, "send");
dgram.Socket.prototype.send = function (...given) {
  const [port, host] = given.slice(1).filter((value) => typeof value !== "function");
  note("send", [host, port].join(":"));
  return send.apply(this, given);
};

for (const { resolver, way } of [
  { resolver: dns, way: "callback" },
  { resolver: dns.promises, way: "promise" },
]) {
  for (const name of Object.keys(resolver).filter((key) => /^(lookup|resolve)/.test(key))) {
    const original = resolver[name];
    resolver[name] = function (host, ...rest) {
      if (!isLoopback(host)) note(`dns.${name}`, `${host} (${way})`);
      return original.call(this, host, ...rest);
    };
  }
}

const { setInterval: every } = globalThis;
globalThis.setInterval = (work, delay, ...rest) =>
  every(work, delay >= MINUTE_MS ? HURRIED_MS : delay, ...rest);

syncBuiltinESMExports();
