import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { opened } from "./test-opened.ts";

/** A server that says byte for byte what a test has it say to each request, in order. It is closed after the test. */
export async function raw(
  answers: (string | ((socket: Socket) => void))[],
  host = "127.0.0.1",
): Promise<{ url: string; requests: string[]; connections: () => number; server: Server }> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {}); // it is the other side that is tested
    socket.on("data", (bytes) => {
      text += bytes.toString();
      const [head, body] = text.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/.exec(head!)?.[1]);
      if (body === undefined || Buffer.byteLength(body) < length) return;
      requests.push(text);
      text = "";
      const answer = answers.shift()!;
      if (typeof answer === "string") socket.write(answer);
      else answer(socket);
    });
  });
  server.listen(0, host);
  await once(server, "listening");
  opened.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}/graphql?x=1`,
    requests,
    connections: () => connections,
    server,
  };
}

/** An answer with this body. */
export const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
