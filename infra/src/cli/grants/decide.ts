import { StartupError } from "@truc/service";
import type { Command } from "commander";
import { administratorOf, RegistryClient } from "../registry-client.ts";
import { GRANT, type Grant, undecided } from "./grant.ts";
import { grantsCommand, withReason, type GrantsOptions } from "./options.ts";
import { grantJson, grantText, outcomeText } from "./print-grant.ts";
import { names } from "./words.ts";

type DecideOptions = GrantsOptions & { reason: string; scopes?: string[]; request?: string };

/** What of a grant awaits somebody's decision. */
interface Pending {
  grant: Grant;
  scopes: { name: string; owner: { id: string } | null }[];
}

/** What somebody may do at the registry. */
type Roles = { role: string; agency: { id: string } | null }[];

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
      "which, separated by commas or spaces; all that await the person's decision when left out",
      names,
    )
    .option(
      "--request <id>",
      "the request that the decision is about, as `show` names it; the one there is when left out",
    )
    .action(async (id: string, options: DecideOptions) => {
      const person = options.as ?? (await soleOwner(id, options));
      const registry = await RegistryClient.open(options.data, person);
      const { grant, scopes } = await toDecide(registry, id, options);
      // Where nothing is open any more, a first request's: the registry says so.
      const request = options.request ?? grant.request?.id ?? grant.id;
      const chosen = options.scopes ?? scopes.map(({ name }) => name);
      const { grant: after } = await registry.ask<{ grant: Grant }>(
        `mutation ($grant: String!, $request: ID!, $scopes: [String!]!, $reason: String!) {
          grant: ${verb}Scopes(grant: $grant, request: $request, scopes: $scopes, reason: $reason) {
            ...Grant
          }
        }
        ${GRANT}`,
        { grant: id, request, scopes: chosen, reason: options.reason },
      );
      if (options.json === true) {
        const decided = { by: person, request, scopes: chosen, before: grantJson(grant) };
        console.log(JSON.stringify({ ...grantJson(after), decided }, null, 2));
        return;
      }
      const outcome = `${done} by ${person}: ${chosen.join(", ")}.`;
      console.log([grantText(grant), "", outcome, "", outcomeText(after)].join("\n"));
    });
}

/**
 * What the registry says awaits the person's decision. Where that is nothing, what awaits anybody's or was ever asked for:
 * then it is the registry that refuses her, in its own words.
 */
async function toDecide(
  registry: RegistryClient,
  id: string,
  { data }: DecideOptions,
): Promise<Pending> {
  const { person, pending } = await pendingFor(registry, id);
  const decidesFor = new Set(
    person?.roles.flatMap(({ role, agency }) => (role === "OWNER_ADMIN" ? agency?.id : [])),
  );
  if (pending !== undefined) {
    // Operators see what awaits anybody.
    const own = pending.scopes.filter(({ owner }) => decidesFor.has(owner?.id));
    return own.length > 0 ? { ...pending, scopes: own } : pending;
  }
  const grant = await (await RegistryClient.asOperator(data)).grant(id);
  const open = undecided(grant);
  return { grant, scopes: (open.length > 0 ? open : grant.scopes).map(({ scope }) => scope) };
}

/** What somebody's roles are, and what she sees undecided of a grant. */
async function pendingFor(
  registry: RegistryClient,
  id: string,
): Promise<{
  person: { roles: Roles } | null;
  pending: Pending | undefined;
}> {
  const { person, pendingApprovals } = await registry.ask<{
    person: { roles: Roles } | null;
    pendingApprovals: Pending[] | null;
  }>(
    `{
      person { roles { role agency { id } } }
      pendingApprovals { grant { ...Grant } scopes { name owner { id } } }
    }
    ${GRANT}`,
  );
  return { person, pending: pendingApprovals?.find(({ grant }) => grant.id === id) };
}

/** Who decides where one owner alone is asked. @throws StartupError naming those who may where there are several */
async function soleOwner(id: string, { data, scopes }: DecideOptions): Promise<string> {
  const registry = await RegistryClient.asOperator(data);
  const { pending } = await pendingFor(registry, id);
  if (pending === undefined) {
    await registry.grant(id);
    throw new StartupError(`Grant ${id} asks for nothing that is undecided.`);
  }
  const asked = pending.scopes.filter(({ name }) => scopes?.includes(name) !== false);
  const owners = new Set((asked.length > 0 ? asked : pending.scopes).map(({ owner }) => owner?.id));
  const administrators: string[] = [];
  for (const owner of owners)
    administrators.push(await administratorOf(registry, "OWNER_ADMIN", owner ?? ""));
  if (administrators.length === 1) return administrators[0]!;
  throw new StartupError(
    `Several owners are asked by grant ${id}: say who decides with --as, one of ${administrators.join(", ")}.`,
  );
}
