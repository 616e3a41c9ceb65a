import { join, resolve } from "node:path";
import { StartupError } from "@truc/service";
import type { Command } from "commander";
import type { JWK } from "jose";
import { systemKeyFile } from "../all-in-one/data-folder.ts";
import { readPlatformFile, type PlatformFile } from "../all-in-one/platform-file.ts";
import { readJson } from "../all-in-one/private-json.ts";
import { ROOT } from "../federation.ts";

/** Gives a command the option that says which platform it is about. */
export function aboutPlatform(command: Command): Command {
  return command.option("--data <dir>", "the platform's data folder", join(ROOT, ".data"));
}

/** @throws StartupError when no platform runs out of the folder */
export async function platformIn(data: string): Promise<PlatformFile> {
  const platform = await readPlatformFile(resolve(data));
  if (platform === undefined) {
    throw new StartupError(
      `No platform runs out of ${resolve(data)}: start it with npm start, or name its folder with --data.`,
    );
  }
  return platform;
}

/** @throws StartupError naming those there are */
export function systemIn(platform: PlatformFile, id: string): PlatformFile["systems"][number] {
  const found = platform.systems.find((each) => each.id === id);
  if (found !== undefined) return found;
  const known = platform.systems.map((each) => each.id).join(", ");
  throw new StartupError(`There is no system "${id}": choose one of ${known}.`);
}

/** Synthetic numbers begin with a 9: whoever has one may sign in here, listed or not. */
const SYNTHETIC_PIN = /^9\d{11}$/;

/** @throws StartupError naming those there are */
export function personIn(platform: PlatformFile, id: string): PlatformFile["people"][number] {
  const found = platform.people.find((each) => each.id === id);
  if (found !== undefined) return found;
  if (SYNTHETIC_PIN.test(id)) return { id, name: "Citizen", roles: ["citizen"] };
  const known = platform.people.map((each) => each.id).join(", ");
  throw new StartupError(
    `There is nobody called "${id}" to sign in: choose one of ${known}, or any synthetic number (12 digits beginning with 9).`,
  );
}

/** The private key of a demo system, which signs its requests for tokens and its actor tokens. */
export async function systemKey(data: string, system: string): Promise<JWK> {
  const key = await readJson<JWK>(systemKeyFile(resolve(data), system));
  if (key === undefined)
    throw new StartupError(`The private key of "${system}" is not in ${resolve(data)}.`);
  return key;
}
