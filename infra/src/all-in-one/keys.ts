import { randomBytes } from "node:crypto";
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
