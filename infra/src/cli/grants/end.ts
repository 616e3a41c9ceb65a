import { StartupError } from "@truc/service";
import type { Command } from "commander";
import { RegistryClient } from "../registry-client.ts";
import { platformIn } from "../running-platform.ts";
import { GRANT, type Grant } from "./grant.ts";
import { grantsCommand, operatorOr, withReason, type GrantsOptions } from "./options.ts";
import { printGrant } from "./print-grant.ts";

type EndOptions = GrantsOptions & { reason: string; direct?: boolean };

const DONE = { suspend: "Suspended", resume: "Resumed", revoke: "Revoked" } as const;
const SAID = {
  suspend: "suspends a grant until it is resumed",
  resume: "takes one's own suspension of a grant back",
  revoke: "ends a grant for good",
} as const;

/** `truc grants suspend|resume|revoke ID`: through the gateway, or at the authority with the operator's key. */
export function endCommand(verb: keyof typeof DONE): Command {
  return withReason(grantsCommand(verb, "an operator"), `${DONE[verb]} at the command line.`)
    .description(SAID[verb])
    .argument("<id>", "the grant's id")
    .option(
      "--direct",
      "at the authority with the operator's key, as nobody in particular, also while the gateway is down",
    )
    .action(async (id: string, options: EndOptions) => {
      if (options.direct === true) return await endDirectly(verb, id, options);
      const platform = await platformIn(options.data);
      const registry = await RegistryClient.open(options.data, operatorOr(options, platform));
      const { grant } = await registry.ask<{ grant: Grant }>(
        `mutation ($grant: String!, $reason: String!) {
          grant: ${verb}Grant(grant: $grant, reason: $reason) { ...Grant }
        }
        ${GRANT}`,
        { grant: id, reason: options.reason },
      );
      printGrant(grant, options.json === true);
    });
}

async function endDirectly(
  verb: keyof typeof DONE,
  id: string,
  { as, data, json, reason }: EndOptions,
): Promise<void> {
  if (as !== undefined)
    throw new StartupError(
      `With --direct it is the operator's key that acts, and not ${as}: leave out --as, or --direct.`,
    );
  const { issuer } = await platformIn(data);
  const { orderDirectly } = await import("./direct.ts");
  const done = await orderDirectly(issuer, data, { action: verb, kind: "grant", id, reason });
  console.log(json ? JSON.stringify(done, null, 2) : `${DONE[verb]}: grant ${id}.`);
}
