import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import {
  checkReceipt,
  commitmentOf,
  leafOf,
  type Exchange,
  type PublishedKeys,
  type ToldReceipt,
} from "./check-receipt.ts";
import { StubFederation } from "./stub-federation.ts";
import { TestAuthority, type TestSystem } from "./test-authority.ts";

const SCHEMA = /* GraphQL */ `
  extend schema
    @link(
      url: "https://specs.apollo.dev/federation/v2.9"
      import: ["@key", "@composeDirective", "@requiresScopes"]
    )
    @link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", "@subject", "DataClass"])
    @composeDirective(name: "@data")
    @composeDirective(name: "@subject")
  enum DataClass {
    PUBLIC
    BASIC
    SENSITIVE
  }
  directive @data(class: DataClass!) on FIELD_DEFINITION
  directive @subject(path: String!) repeatable on OBJECT
  type Query {
    person(id: ID!): Person
    everybody: [Person!]!
  }
  type Person @key(fields: "id") @subject(path: "id") {
    id: ID! @data(class: BASIC)
    name: String @data(class: BASIC)
    pay: Int @data(class: SENSITIVE) @requiresScopes(scopes: [["people:pay"]])
  }
`;
/** How many people there are, more than one record names. */
export const CROWD = 1_100;
const person = (id: string) => ({ __typename: "Person", id, name: `Người ${id}`, pay: 7 });
export const QUERY = "query One($id: ID!) { person(id: $id) { name pay } }";
/** What a receipt comes with. */
export const RECEIPT_HEADERS = ["content-digest", "truc-receipt", "signature-input", "signature"];
export const APPLIED = "preference-applied";

export const PREFERRED = { prefer: "receipt" };

/** How something is asked; what is left out is as usual. */
export interface Asked {
  system?: TestSystem;
  claims?: Record<string, unknown>;
  /** Several of a name are sent as several. */
  headers?: Record<string, string | string[]>;
  method?: "GET" | "POST" | "HEAD";
  /** Path and query string. */
  path?: string;
}

/** A receipt that was found good, with the record it points to. */
export type Proven = ToldReceipt & { record: any };

/** A router over a register of people, and two systems that may ask it; `clerk` for COURT with a receipt always. */
export class ReceiptedRouter {
  readonly authority: TestAuthority;
  readonly federation: StubFederation;
  readonly clerk: TestSystem;
  readonly other: TestSystem;
  /** As the router publishes them; none where it has none. */
  readonly keys: PublishedKeys;
  readonly #directory: string;

  private constructor(
    parts: Pick<ReceiptedRouter, "authority" | "federation" | "clerk" | "other" | "keys">,
    directory: string,
  ) {
    this.authority = parts.authority;
    this.federation = parts.federation;
    this.clerk = parts.clerk;
    this.other = parts.other;
    this.keys = parts.keys;
    this.#directory = directory;
  }

  /** @param signs whether it has a key for receipts */
  static async start({ signs = true } = {}): Promise<ReceiptedRouter> {
    const directory = mkdtempSync(join(tmpdir(), "truc-receipts-"));
    const { privateKey } = generateKeyPairSync("ed25519");
    const file = join(directory, "receipt-keys.json");
    const own = { keys: [privateKey.export({ format: "jwk" })] };
    writeFileSync(file, JSON.stringify(own), { mode: 0o600 });
    const authority = await TestAuthority.start();
    const clerk = await authority.system("clerk");
    const other = await authority.system("other");
    const scopes = ["people:pay"];
    authority.grant("clerk", "CARE", { scopes });
    authority.grant("other", "CARE", { scopes });
    authority.grant("clerk", "COURT", { scopes, demandsReceipt: true });
    const resolvers = {
      "Query.person": (_: unknown, { id }: { id?: string }) => person(id!),
      "Query.everybody": Array.from({ length: CROWD }, (_, index) => person(`p${index}`)),
    };
    const settings: Record<string, string> = signs ? { RECEIPT_KEYS: file } : {};
    const subgraphs = { people: { schema: SCHEMA, resolvers } };
    const federation = await StubFederation.start(subgraphs, settings, authority);
    const address = new URL("/.well-known/receipt-keys", federation.router.url);
    const keys = signs ? ((await (await fetch(address)).json()) as PublishedKeys) : { keys: [] };
    return new ReceiptedRouter({ authority, federation, clerk, other, keys }, directory);
  }

  /** Sends exactly these bytes, in these pieces, and takes in exactly what comes back. */
  async send(pieces: readonly (string | Uint8Array)[], asked: Asked = {}): Promise<Exchange> {
    const { system = this.clerk, claims = {}, headers, method = "POST" } = asked;
    const { path = "/graphql" } = asked;
    const usual = { purpose: "CARE", scope: "people:pay" };
    const token = await this.authority.token(system, { ...usual, ...claims });
    const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
    const request = httpRequest(this.federation.router.url, {
      method,
      path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(method === "POST" && { "content-type": "application/json" }),
        ...headers,
      },
    });
    request.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          request: method === "POST" ? body : path.slice(path.indexOf("?") + 1),
          status: response.statusCode!,
          headers: new Map(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(chunks),
        }),
      );
    });
    for (const piece of pieces) request.write(piece);
    request.end();
    return await promise;
  }

  /** Asks for one person, and for a receipt. */
  async preferred(id: string, asked: Asked = {}): Promise<Exchange> {
    return await this.send([bodyFor(id)], {
      ...asked,
      headers: { ...PREFERRED, ...asked.headers },
    });
  }

  /** Checks the receipt, and that the record it points to is this exchange's. */
  proven(exchange: Exchange): Proven {
    const told = checkReceipt(exchange, this.keys);
    const line = this.#lines().get(`${told.router} ${told.sequence}`) ?? "";
    expect(leafOf(line)).toBe(told.leaf);
    const record = JSON.parse(line);
    expect(record).toMatchObject({ id: told.id, receipt: commitmentOf(told, exchange.body) });
    expect(exchange.headers.get("x-request-id")).toBe(told.id);
    return { ...told, record };
  }

  /** All records of a request, in order. */
  recordsOf(id: string): any[] {
    const records = [...this.#lines().values()].map((line) => JSON.parse(line));
    return records.filter((record) => record.id === id);
  }

  /** What a record's context says. */
  contextOf({ context }: { context: string }): any {
    const texts = this.#batches().flatMap(({ contexts = [] }) => contexts);
    const found = texts.find(
      (text) => createHash("sha256").update(text).digest("base64url") === context,
    );
    return JSON.parse(found ?? "null");
  }

  /** Waits until the router has the registry's present revision. */
  async received(): Promise<void> {
    const { revision } = this.authority.registry;
    const told = `"revision":${revision},"msg":"registry received"`;
    await vi.waitFor(() => expect(this.federation.router.log.join("")).toContain(told), 10_000);
  }

  async stop(): Promise<void> {
    await this.federation.stop();
    await this.authority.stop();
    rmSync(this.#directory, { recursive: true });
  }

  /** The lines of the journal's records, by router and sequence. */
  #lines(): Map<string, string> {
    return new Map(
      this.#batches().flatMap(({ router, first, records = [] }) =>
        records.map((line, index): [string, string] => [`${router} ${first + index}`, line]),
      ),
    );
  }

  #batches(): { router: string; first: number; records?: string[]; contexts?: string[] }[] {
    const folder = join(this.federation.router.directory, "journal");
    return readdirSync(folder)
      .toSorted()
      .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
}

/** The body of a request for one person. */
export function bodyFor(id: string): string {
  return JSON.stringify({ query: QUERY, variables: { id } });
}

/** Bytes that are sent, as whoever reads UTF-8 sees them. */
export function textOf(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString();
}

export function answerOf({ body }: Exchange): any {
  return JSON.parse(textOf(body));
}

/** Which headers of a receipt an answer has. */
export function carried({ headers }: Exchange): string[] {
  return [...RECEIPT_HEADERS, APPLIED].filter((name) => headers.has(name));
}
