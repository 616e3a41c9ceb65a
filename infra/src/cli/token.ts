import { Command } from "commander";
import { asCaller, callerOf, type CallerOptions } from "./caller.ts";
import { platformIn, systemKey } from "./running-platform.ts";
import { strict } from "./sentences.ts";

/** `truc token`: prints an access token of a system, or of a person who signs in with it. */
export function tokenCommand(): Command {
  return asCaller(strict(new Command("token")))
    .description("prints an access token")
    .action(async (options: CallerOptions) => {
      const platform = await platformIn(options.data);
      const caller = callerOf(options, platform);
      const key = await systemKey(options.data, caller.system);
      // Only now: what is wrong with the command line is told without loading the protocol's library first.
      const { Session } = await import("./session.ts");
      console.log((await Session.open(platform.issuer, caller, { key })).accessToken);
    });
}
