import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import {
  FEED_PATH,
  SUBJECT_PATH,
  SubjectQuestion,
  UNLIMITED,
  verifyFeedToken,
  type FeedGrant,
  type FeedLine,
  type FeedSystem,
  type PermitSecrets,
  type RegistrySnapshot,
  type SubjectAnswer,
} from "@truc/contracts";
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWTPayload,
} from "jose";
import { Issuer } from "./issuer.ts";

/** How often it says that it is alive; the contract's second would make tests wait. */
const ALIVE_MS = 100;

/** A registered system with its private key. */
export interface TestSystem {
  readonly id: string;
  readonly kid: string;
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
}

/** An authority of the tests' own: an issuer, a registry that tests write by hand, and the private addresses. */
export class TestAuthority {
  readonly issuer: Issuer;
  /** Its address for the feed. */
  readonly url: string;
  readonly secrets: PermitSecrets = { keys: [{ kid: "feed-1", secret: "F".repeat(43) }] };
  /** Whom subjects mean; nobody for the ones that are missing. */
  readonly people = new Map<string, SubjectAnswer>();
  /** Every subject it was asked about, in order. */
  readonly asked: string[] = [];
  /** Answers this status instead of resolving subjects. */
  subjectStatus = 200;
  /** How often the feed was opened by somebody who may. */
  opened = 0;
  /** The connections over which it was asked about subjects, and that are open now. */
  readonly connections = new Set<Socket>();
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  readonly #alive: NodeJS.Timeout;
  #registry: RegistrySnapshot = {
    revision: 1,
    scopes: [],
    purposes: [],
    systems: [],
    grants: [],
    operations: [],
    suspendedSubjects: [],
  };

  private constructor(issuer: Issuer, server: Server) {
    this.issuer = issuer;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
    this.#alive = setInterval(
      () => this.#say({ kind: "alive", revision: this.#registry.revision }),
      ALIVE_MS,
    );
  }

  static async start(): Promise<TestAuthority> {
    const server = createServer();
    // Whoever made a connection closes it, or nobody does.
    server.keepAliveTimeout = 3_600_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TestAuthority(await Issuer.start(), server);
  }

  /** What a router needs to follow it; the file of secrets is written into the directory. */
  settings(directory: string): Record<string, string> {
    const file = join(directory, "feed-secrets.json");
    writeFileSync(file, JSON.stringify(this.secrets), { mode: 0o600 });
    return { GRANTS: "authority", AUTHORITY_FEED: this.url, FEED_SECRETS: file };
  }

  get registry(): RegistrySnapshot {
    return this.#registry;
  }

  /** The next revision, told to everybody who listens. */
  change(next: (registry: RegistrySnapshot) => Partial<RegistrySnapshot>): void {
    const revision = this.#registry.revision + 1;
    this.#registry = { ...this.#registry, ...next(structuredClone(this.#registry)), revision };
    this.#say({ kind: "snapshot", snapshot: this.#registry });
  }

  /** Registers a system with one key, active; facts replace the usual ones. */
  async system(id: string, facts: Partial<FeedSystem> = {}): Promise<TestSystem> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    const thumbprint = await calculateJwkThumbprint(jwk);
    const kid = `${id}-key`;
    const system: FeedSystem = {
      id,
      agency: `${id}-agency`,
      status: "active",
      dpop: false,
      keys: [{ thumbprint, kid, jwk }],
      ...facts,
    };
    this.change(({ systems }) => ({
      systems: [...systems.filter((each) => each.id !== id), system],
    }));
    return { id, kid, thumbprint, privateKey };
  }

  /** A purpose with a ceiling, and a live grant of all of it to a system; facts replace the usual ones. */
  grant(system: string, purpose: string, facts: Partial<FeedGrant> = {}): FeedGrant {
    const grant: FeedGrant = {
      id: `${system}/${purpose}`,
      system,
      purpose,
      status: "active",
      scopes: [],
      limits: UNLIMITED,
      budget: { requestsPerSecond: 100_000, costPerMinute: 1_000_000_000 },
      operations: "any",
      registered: [],
      demandsActor: false,
      demandsCase: false,
      demandsReceipt: false,
      validFrom: "2020-01-01",
      validUntil: "2099-12-31",
      ...facts,
    };
    this.change(({ grants, purposes }) => ({
      grants: [...grants.filter(({ id }) => id !== grant.id), grant],
      purposes: purposes.some(({ code }) => code === purpose)
        ? purposes
        : [
            ...purposes,
            {
              code: purpose,
              legalBasis: `Act on ${purpose}`,
              ceiling: grant.scopes,
              disclosureDelayDays: 0,
            },
          ],
    }));
    return grant;
  }

  /** An access token of a system; claims replace the usual ones. */
  async token(
    { id, thumbprint }: TestSystem,
    claims: Record<string, unknown> = {},
  ): Promise<string> {
    const agency = this.#registry.systems.find((each) => each.id === id)?.agency;
    return await this.issuer.token({ sub: id, client_id: id, agency, key: thumbprint, ...claims });
  }

  /** A token that names the officer who acts; claims and header replace the usual ones. */
  async actorToken(
    { id, kid, privateKey }: TestSystem,
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const all = {
      iss: id,
      aud: this.issuer.audience,
      sub: "officer-7",
      jti: crypto.randomUUID(),
      iat: now,
      exp: now + 300,
      ...claims,
    };
    return await new SignJWT(all as JWTPayload)
      .setProtectedHeader({ alg: "ES256", typ: "actor+jwt", kid, ...header })
      .sign(privateKey);
  }

  /** Ends every connection to the feed; whoever listened comes back. */
  hangUp(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Says a line to everybody who listens, right or wrong. */
  sayRaw(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  async stop(): Promise<void> {
    clearInterval(this.#alive);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.issuer.stop();
  }

  #say(line: FeedLine): void {
    this.sayRaw(`${JSON.stringify(line)}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    try {
      verifyFeedToken(token, this.issuer.url, this.secrets);
    } catch {
      response.writeHead(401).end();
      return;
    }
    if (request.method === "GET" && request.url === FEED_PATH) this.#open(response);
    else if (request.method === "POST" && request.url === SUBJECT_PATH)
      await this.#resolve(request, response);
    else response.writeHead(404).end();
  }

  #open(response: ServerResponse): void {
    this.opened += 1;
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
    const line: FeedLine = { kind: "snapshot", snapshot: this.#registry };
    response.write(`${JSON.stringify(line)}\n`);
  }

  async #resolve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    if (!this.connections.has(socket))
      this.connections.add(socket.once("close", () => this.connections.delete(socket)));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { subject } = SubjectQuestion.parse(JSON.parse(Buffer.concat(chunks).toString()));
    this.asked.push(subject);
    const person = this.people.get(subject);
    const status = this.subjectStatus === 200 && person === undefined ? 404 : this.subjectStatus;
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(person ?? {}));
  }
}
