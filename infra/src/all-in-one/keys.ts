import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { makeSystemKey, PublicSystemKey } from "@truc/authority";
import type { PermitSecrets } from "@truc/contracts";
import { StartupError } from "@truc/service";
import { DEMO_SYSTEMS, type DemoSystem } from "../demo/platform.ts";
import { systemKeyFile, type DataFolder } from "./data-folder.ts";
import { readOrMake } from "./private-json.ts";

type PrivateKey = Awaited<ReturnType<typeof makeSystemKey>>["privateKey"];

/** The file with the secrets that router and subgraph share, made when missing. */
export async function permitSecretsOf(subgraph: string, folder: DataFolder): Promise<string> {
  const file = join(folder.permits, `${subgraph}.json`);
  await readOrMake<PermitSecrets>(file, () => ({
    keys: [{ kid: `${subgraph}-1`, secret: randomBytes(32).toString("base64url") }],
  }));
  return file;
}

/** The demo systems' public keys; a pair is made for each that has none, its private half kept in the data folder. */
export async function systemKeys(
  folder: DataFolder,
): Promise<Record<DemoSystem, PublicSystemKey[]>> {
  const keys = {} as Record<DemoSystem, PublicSystemKey[]>;
  for (const { id } of DEMO_SYSTEMS) {
    const make = async (): Promise<PrivateKey> => (await makeSystemKey()).privateKey;
    const file = systemKeyFile(folder.path, id);
    const { d: _private, ...publicHalf } = await readOrMake(file, make);
    const parsed = PublicSystemKey.safeParse(publicHalf);
    if (!parsed.success) {
      throw new StartupError(
        `The file ${file} does not hold a system's private key: remove it and start again.`,
      );
    }
    keys[id] = [parsed.data];
  }
  return keys;
}
