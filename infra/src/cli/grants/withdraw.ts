import type { Command } from "commander";
import { administratorOf, RegistryClient } from "../registry-client.ts";
import { GRANT, type Grant } from "./grant.ts";
import { grantsCommand, withReason, type GrantsOptions } from "./options.ts";
import { printGrant } from "./print-grant.ts";

/** `truc grants withdraw ID`: an agency takes back what it asked for and nobody has decided on. */
export function withdrawCommand(): Command {
  return withReason(
    grantsCommand("withdraw", "an administrator of the system's agency"),
    "Withdrawn at the command line.",
  )
    .description("takes back what of a request is undecided, as the agency that asked")
    .argument("<id>", "the grant's id")
    .action(async (id: string, options: GrantsOptions & { reason: string }) => {
      const registry = await RegistryClient.open(
        options.data,
        options.as ?? (await whoAsked(id, options.data)),
      );
      const { grant } = await registry.ask<{ grant: Grant }>(
        `mutation ($grant: String!, $reason: String!) {
          grant: withdrawRequest(grant: $grant, reason: $reason) { ...Grant }
        }
        ${GRANT}`,
        { grant: id, reason: options.reason },
      );
      printGrant(grant, options.json === true);
    });
}

async function whoAsked(id: string, data: string): Promise<string> {
  const registry = await RegistryClient.asOperator(data);
  const { system } = await registry.grant(id);
  return await administratorOf(registry, "AGENCY_ADMIN", system?.agency?.id ?? "");
}
