import type { Command } from "commander";
import { RegistryClient } from "../registry-client.ts";
import { platformIn } from "../running-platform.ts";
import { GRANT, type Grant } from "./grant.ts";
import { grantsCommand, operatorOr, type GrantsOptions } from "./options.ts";
import { grantJson, grantsText, printGrant } from "./print-grant.ts";
import { oneOf, STATUSES } from "./words.ts";

const PAGE = 100;
const FILTERS = ["agency", "system", "purpose", "scope"] as const;

type ListOptions = GrantsOptions & Partial<Record<(typeof FILTERS)[number] | "status", string>>;

interface Page {
  grants: { nodes: Grant[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/** `truc grants list`: the grants there are, all pages of them. */
export function listCommand(): Command {
  return grantsCommand("list", "an operator")
    .description("lists grants")
    .option("--agency <id>", "only those of its systems")
    .option("--system <id>", "only its own")
    .option("--purpose <code>", "only those for it")
    .option("--scope <name>", "only those that hold it or ask for it")
    .option(
      "--status <status>",
      `only those that stand so: ${STATUSES.join(", ")}`,
      oneOf(STATUSES),
    )
    .action(async (options: ListOptions) => {
      const platform = await platformIn(options.data);
      const registry = await RegistryClient.open(options.data, operatorOr(options, platform));
      const filter: Record<string, string> = {};
      for (const name of FILTERS) if (options[name] !== undefined) filter[name] = options[name];
      if (options.status !== undefined) filter["status"] = options.status;
      const grants = await allGrants(registry, filter);
      console.log(
        options.json ? JSON.stringify(grants.map(grantJson), null, 2) : grantsText(grants),
      );
    });
}

/** `truc grants show ID`: one grant with its terms and the decision on every scope, beside what is asked for beyond it. */
export function showCommand(): Command {
  return grantsCommand("show", "an operator")
    .description("shows one grant")
    .argument("<id>", "the grant's id")
    .action(async (id: string, options: GrantsOptions) => {
      const platform = await platformIn(options.data);
      const registry = await RegistryClient.open(options.data, operatorOr(options, platform));
      printGrant(await registry.grant(id), options.json === true);
    });
}

async function allGrants(
  registry: RegistryClient,
  filter: Record<string, string>,
): Promise<Grant[]> {
  const found: Grant[] = [];
  for (let after: string | null = null; ;) {
    const { grants }: Page = await registry.ask<Page>(
      `query ($filter: GrantFilter, $first: Int, $after: String) {
        grants(filter: $filter, first: $first, after: $after) {
          nodes { ...Grant }
          pageInfo { hasNextPage endCursor }
        }
      }
      ${GRANT}`,
      { filter, first: PAGE, after },
    );
    found.push(...grants.nodes);
    if (!grants.pageInfo.hasNextPage) return found;
    after = grants.pageInfo.endCursor;
  }
}
