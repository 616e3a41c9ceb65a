import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { requestToken } from "./request-token.ts";
import { startTestAuthority } from "./test-authority.ts";

test("while its database is away it says so, and when it is back it serves again", async () => {
  const proxy = await startProxy(process.env["TRUC_TEST_POSTGRES_URL"]!);
  const other = await startTestAuthority((url) => {
    const through = new URL(url);
    through.port = String(proxy.port);
    return through.href;
  });
  try {
    const tokenRequest = {
      issuer: other.issuer,
      clientId: "reader",
      privateKey: other.privateKeys["reader"]!,
      purpose: "LENDING",
    };
    await requestToken(tokenRequest);
    await proxy.close();
    await expect(requestToken(tokenRequest)).rejects.toMatchObject({
      code: "temporarily_unavailable",
    });
    const ready = await fetch(`${other.issuer}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, notReady: ["database"] });
    expect((await fetch(`${other.issuer}/jwks`)).status).toBe(200);
    await proxy.open();
    await expect(requestToken(tokenRequest)).resolves.toMatchObject({ expiresIn: 600 });
  } finally {
    await other.stop();
    await proxy.close();
  }
});

/** A way to the database server that can be cut. */
async function startProxy(
  url: string,
): Promise<{ port: number; open(): Promise<void>; close(): Promise<void> }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  const listen = async (at: number): Promise<void> => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    open: () => listen(own),
    close: async () => {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
