import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PermitSecrets } from "@truc/contracts";

/** A supergraph of nothing that is anybody's: what a test's process finds when it looks for plain words. */
const SUPERGRAPH = `schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query }
directive @link(url: String!) repeatable on SCHEMA
type Query { nothing: Int }
`;

/** A folder with all the files an audit process is started with, for tests. */
export interface TestFiles {
  readonly directory: string;
  readonly root: Buffer;
  readonly secrets: PermitSecrets;
  /** The environment of a process on a free port, beside its database. */
  readonly environment: Record<string, string>;
  remove(): void;
}

export function testFiles(): TestFiles {
  const directory = mkdtempSync(join(tmpdir(), "truc-audit-"));
  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const root = randomBytes(32);
  const { privateKey } = generateKeyPairSync("ed25519");
  const secretsOf = (kid: string): PermitSecrets => ({
    keys: [{ kid, secret: randomBytes(32).toString("base64url") }],
  });
  const secrets = secretsOf("audit-1");
  const journal = join(directory, "journal");
  mkdirSync(journal);
  return {
    directory,
    root,
    secrets,
    environment: {
      PORT: "0",
      AUDIT_KEY: write("root-key", root.toString("base64url")),
      CHECKPOINT_KEY: write(
        "checkpoint-key.json",
        JSON.stringify(privateKey.export({ format: "jwk" })),
      ),
      ORIGIN: "test.example/audit",
      AUDIT_SECRETS: write("audit-secrets.json", JSON.stringify(secrets)),
      PERMIT_SECRETS: write("permit-secrets.json", JSON.stringify(secretsOf("permit-1"))),
      JOURNAL: journal,
      AUTHORITY_FEED: "http://127.0.0.1:1",
      FEED_SECRETS: write("feed-secrets.json", JSON.stringify(secretsOf("feed-1"))),
      SUPERGRAPH: write("supergraph.graphql", SUPERGRAPH),
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
