import { StartupError } from "@truc/service";
import type { Command } from "commander";
import type { PlatformFile } from "../../all-in-one/platform-file.ts";
import { RegistryClient } from "../registry-client.ts";
import { personIn, platformIn } from "../running-platform.ts";
import { GRANT, type Grant, undecided } from "./grant.ts";
import { grantsCommand, operatorOr, withReason, type GrantsOptions } from "./options.ts";
import { printGrant } from "./print-grant.ts";

type DecideOptions = GrantsOptions & { reason: string; scopes?: string };

const OWNER = "owner-admin:";

/** `truc grants approve ID` and `truc grants reject ID`: an owner's word on what it owns. */
export function decideCommand(verb: "approve" | "reject"): Command {
  const done = verb === "approve" ? "Approved" : "Rejected";
  return withReason(
    grantsCommand(verb, "the owner's administrator, where one owner alone is asked"),
    `${done} at the command line.`,
  )
    .description(`${verb}s scopes that a grant asks for, as their owner`)
    .argument("<id>", "the grant's id")
    .option(
      "--scopes <scopes>",
      "which, separated by commas or spaces; all that are the owner's when left out",
    )
    .action(async (id: string, options: DecideOptions) => {
      const platform = await platformIn(options.data);
      const pending = undecided(await whatIsAsked(id, options, platform));
      const owners = [...new Set(pending.flatMap(({ scope }) => scope.owner?.id ?? []))];
      const person = options.as ?? soleOwner(platform, owners, id);
      const own = ownedBy(platform, person);
      const scopes =
        options.scopes?.split(/[\s,]+/).filter((scope) => scope !== "") ??
        pending
          .filter(({ scope }) => own.includes(scope.owner?.id ?? ""))
          .map(({ scope }) => scope.name);
      if (scopes.length === 0)
        throw new StartupError(`Nothing that ${person} decides on is asked for by grant ${id}.`);
      const registry = await RegistryClient.open(options.data, person);
      const { grant } = await registry.ask<{ grant: Grant }>(
        `mutation ($grant: String!, $scopes: [String!]!, $reason: String!) {
          grant: ${verb}Scopes(grant: $grant, scopes: $scopes, reason: $reason) { ...Grant }
        }
        ${GRANT}`,
        { grant: id, scopes: [...new Set(scopes)], reason: options.reason },
      );
      printGrant(grant, options.json === true);
    });
}

/** Read by whoever acts, or, while that is to be found out, by an operator. */
async function whatIsAsked(
  id: string,
  options: DecideOptions,
  platform: PlatformFile,
): Promise<Grant> {
  return await (await RegistryClient.open(options.data, operatorOr(options, platform))).grant(id);
}

function soleOwner({ people }: PlatformFile, owners: readonly string[], id: string): string {
  if (owners.length === 0)
    throw new StartupError(`Grant ${id} asks for nothing that is undecided.`);
  const administrators = owners.map(
    (owner) =>
      people.find(({ roles }) => roles.includes(`${OWNER}${owner}`))?.id ?? `${OWNER}${owner}`,
  );
  if (administrators.length === 1) return administrators[0]!;
  throw new StartupError(
    `Several owners are asked by grant ${id}: say who decides with --as, one of ${administrators.join(", ")}.`,
  );
}

function ownedBy(platform: PlatformFile, person: string): string[] {
  return personIn(platform, person)
    .roles.filter((role) => role.startsWith(OWNER))
    .map((role) => role.slice(OWNER.length));
}
