import { generateKeyPairSync, type JsonWebKey, randomBytes } from "node:crypto";
import { rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeSystemKey, PublicSystemKey } from "@truc/authority";
import type { PermitSecrets } from "@truc/contracts";
import { StartupError } from "@truc/service";
import { DEMO_SYSTEMS, type DemoSystem } from "../demo/systems.ts";
import { operatorKeyFile, systemKeyFile, type DataFolder } from "./data-folder.ts";
import { readOrMake, writeJson } from "./private-json.ts";

type PrivateKey = Awaited<ReturnType<typeof makeSystemKey>>["privateKey"];

/** The file with the secrets that router and subgraph share, made when missing. */
export async function permitSecretsOf(subgraph: string, folder: DataFolder): Promise<string> {
  return await sharedSecrets(join(folder.permits, `${subgraph}.json`), subgraph);
}

/** The file with the secrets that router and authority share for the registry's feed, made when missing. */
export async function feedSecrets(folder: DataFolder): Promise<string> {
  return await sharedSecrets(join(folder.feed, "secrets.json"), "feed");
}

async function sharedSecrets(file: string, name: string): Promise<string> {
  await readOrMake<PermitSecrets>(file, () => ({
    keys: [{ kid: `${name}-1`, secret: randomBytes(32).toString("base64url") }],
  }));
  return file;
}

/** The audit process's files, each made when missing. */
export interface AuditKeyFiles {
  /** The root key of all pseudonyms. Without it nobody is found in the log any more, herself included. */
  root: string;
  /** What checkpoints are signed with. */
  checkpoint: string;
  /** The secrets it shares with the router. */
  secrets: string;
}

export async function auditKeys(folder: DataFolder): Promise<AuditKeyFiles> {
  const root = join(folder.audit, "root-key");
  await makeText(root, () => randomBytes(32).toString("base64url"));
  const checkpoint = join(folder.audit, "checkpoint-key.json");
  await readOrMake(checkpoint, ed25519Key);
  return { root, checkpoint, secrets: await auditSecrets(folder) };
}

/** The file with the secrets that router and audit process share, made when missing. */
export async function auditSecrets(folder: DataFolder): Promise<string> {
  return await sharedSecrets(join(folder.audit, "secrets.json"), "audit");
}

/** The file with the keys the router signs receipts with, a JWK set; made when missing. */
export async function receiptKeys(folder: DataFolder): Promise<string> {
  const file = join(folder.router, "receipt-keys.json");
  await readOrMake(file, () => ({ keys: [ed25519Key()] }));
  return file;
}

function ed25519Key(): JsonWebKey {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
}

/** Writes a file that only its owner may read, whole or not at all, unless it is there. */
async function makeText(file: string, make: () => string): Promise<void> {
  if ((await stat(file).catch(() => undefined)) !== undefined) return;
  const growing = `${file}.new`;
  await writeFile(growing, make(), { mode: 0o600, flush: true });
  await rename(growing, file);
}

/**
 * The operator's keys, a pair made when there is none.
 * @returns the file of the public halves, a JWK set for the authority
 */
export async function operatorKeys(folder: DataFolder): Promise<string> {
  const publicHalf = await publicHalfOf(operatorKeyFile(folder.path), "the operator's");
  const file = join(folder.operator, "public-keys.json");
  await writeJson(file, { keys: [publicHalf] });
  return file;
}

/** The demo systems' public keys; a pair is made for each that has none, its private half kept in the data folder. */
export async function systemKeys(
  folder: DataFolder,
): Promise<Record<DemoSystem, PublicSystemKey[]>> {
  const keys = {} as Record<DemoSystem, PublicSystemKey[]>;
  for (const { id } of DEMO_SYSTEMS)
    keys[id] = [await publicHalfOf(systemKeyFile(folder.path, id), "a system's")];
  return keys;
}

/** The public half of a private key's file, which is made when missing. @throws StartupError */
async function publicHalfOf(file: string, whose: string): Promise<PublicSystemKey> {
  const make = async (): Promise<PrivateKey> => (await makeSystemKey()).privateKey;
  const { d: _private, ...publicHalf } = await readOrMake(file, make);
  const parsed = PublicSystemKey.safeParse(publicHalf);
  if (parsed.success) return parsed.data;
  throw new StartupError(
    `The file ${file} does not hold ${whose} private key: remove it and start again.`,
  );
}
