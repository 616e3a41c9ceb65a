import { once } from "node:events";
import { connect } from "node:net";

/** An answer as it stands on the wire, without what is of its request only. */
export interface RawAnswer {
  readonly status: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** One request over a connection of its own, and its answer. @param line the request line without its version */
export async function rawExchange(
  { hostname, port }: URL,
  line: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): Promise<RawAnswer> {
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  const length = body === "" ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`;
  socket.write(
    `${line} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n${fields.join("")}${length}\r\n${body}`,
  );
  await once(socket, "close");
  const [head = "", ...rest] = Buffer.concat(chunks).toString("utf8").split("\r\n\r\n");
  const [status = "", ...received] = head.split("\r\n");
  return {
    status,
    headers: received.filter((field) => !/^(?:date|x-request-id):/i.test(field)),
    body: rest.join("\r\n\r\n").replaceAll(/"requestId":"[^"]*"/g, '"requestId":"…"'),
  };
}
