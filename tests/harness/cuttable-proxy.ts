import { once } from "node:events";
import { createServer, Socket, type AddressInfo, type Server } from "node:net";
import { freePort } from "@truc/service/testing";

const DEFAULT_PORTS: Record<string, number> = {
  "postgresql:": 5432,
  "mariadb:": 3306,
  "redis:": 6379,
};

/**
 * The wire between a process and a server (database, Redis), with scissors: it can be cut, as when the server is stopped, held,
 * as when the network swallows everything and says nothing, or cut at an answer, when what was asked has been done.
 */
export class CuttableProxy {
  /** The database's URL by way of this proxy. */
  readonly url: string;
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #held = false;
  #cutsAnswer = false;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.#target = {
      host: target.hostname,
      port: Number(target.port || DEFAULT_PORTS[target.protocol]),
    };
    const url = new URL(target);
    url.hostname = "127.0.0.1";
    url.port = String(this.#port);
    this.url = url.href;
    server.on("connection", (socket) => this.#connect(socket));
  }

  static async start(databaseUrl: string): Promise<CuttableProxy> {
    const server = createServer();
    server.listen(await freePort(), "127.0.0.1");
    await once(server, "listening");
    return new CuttableProxy(server, new URL(databaseUrl));
  }

  /** Breaks every connection and refuses new ones. */
  async cut(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    if (closed !== undefined) this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Keeps every connection open, takes new ones, and passes nothing on. */
  hold(): void {
    this.#held = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** The connection over which the server answers next is broken, and its answer lost. */
  cutNextAnswer(): void {
    this.#cutsAnswer = true;
  }

  /** Whether that has not happened yet. */
  get cutsAnswer(): boolean {
    return this.#cutsAnswer;
  }

  /**
   * Everything works again. What was held goes on where it stopped, unless it is forgotten: its connections then
   * stay silent for ever, as after a firewall has lost its memory.
   */
  async restore({ forget = false } = {}): Promise<void> {
    this.#held = false;
    if (!forget) for (const socket of this.#sockets) socket.resume();
    if (this.#server.listening) return;
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  #connect(client: Socket): void {
    const database = new Socket();
    database.connect(this.#target.port, this.#target.host);
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (chunk) => {
        if (from === database && this.#cutsAnswer) {
          this.#cutsAnswer = false;
          client.destroy();
          database.destroy();
        } else to.write(chunk);
      });
      from.on("error", () => {}); // what broke is closed next
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#held) from.pause();
    }
  }
}
