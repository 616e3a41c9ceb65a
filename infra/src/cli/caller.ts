import { StartupError } from "@truc/service";
import type { Command } from "commander";
import type { PlatformFile } from "../all-in-one/platform-file.ts";
import { aboutPlatform, personIn, systemIn } from "./running-platform.ts";

/** The options that say who asks. */
export interface CallerOptions {
  system?: string;
  purpose?: string;
  scope?: string;
  person?: string;
  data: string;
}

/** Who asks, and for what: a system, for itself or for a person who signs in with it. */
export interface Caller {
  system: string;
  purpose: string;
  /** Space-separated; all that the grant covers when absent. */
  scope?: string;
  person?: string;
}

/** Through which system people sign in, and for what, unless the command says otherwise. */
export const CITIZENS = { system: "portal", purpose: "CITIZEN_RECORDS" };
export const STAFF = { system: "console", purpose: "PLATFORM_ADMINISTRATION" };

/** Gives a command the options of {@link CallerOptions}. */
export function asCaller(command: Command): Command {
  return aboutPlatform(
    command
      .option("--system <id>", "the system that asks, one of those `npm start` lists")
      .option("--purpose <code>", "what it asks for")
      .option(
        "--person <id>",
        `a person who signs in with the system: a citizen with ${CITIZENS.system} and staff with ${STAFF.system}, unless said otherwise`,
      )
      .option(
        "--scope <scopes>",
        "space-separated scopes; all that the grant covers when left out",
      ),
  );
}

/** @throws StartupError when it is not said who asks, or there is no such system or person */
export function callerOf(options: CallerOptions, platform: PlatformFile): Caller {
  const { scope, person } = options;
  const usual = person === undefined ? undefined : usualFor(personIn(platform, person));
  const system = options.system ?? usual?.system;
  const purpose = options.purpose ?? (system === usual?.system ? usual?.purpose : undefined);
  if (system === undefined || (purpose === undefined && usual === undefined)) {
    throw new StartupError(
      "It is not said who asks: name a system and a purpose (--system ID --purpose CODE), or a person who signs in (--person ID).",
    );
  }
  systemIn(platform, system);
  if (purpose === undefined)
    throw new StartupError(`It is not said what ${system} asks for: name it with --purpose CODE.`);
  return {
    system,
    purpose,
    ...(scope !== undefined && { scope }),
    ...(person !== undefined && { person }),
  };
}

function usualFor({ roles }: PlatformFile["people"][number]): typeof CITIZENS {
  return roles.every((role) => role === "citizen") ? CITIZENS : STAFF;
}
