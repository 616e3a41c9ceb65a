import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "@truc/service/testing";

/**
 * A way to the database server that can be cut.
 * @param heard is given what the server answers, in pieces
 */
export async function startTestProxy(
  url: string,
  heard: (answer: string) => void = () => {},
): Promise<{ port: number; open(): Promise<void>; close(): Promise<void> }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    upstream.on("data", (piece: Buffer) => heard(piece.toString("latin1")));
    client.pipe(upstream).pipe(client);
  });
  const own = await freePort();
  const open = async (): Promise<void> => {
    server.listen(own, "127.0.0.1");
    await once(server, "listening");
  };
  await open();
  return {
    port: own,
    open,
    close: async () => {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
