import { dayInVietNam } from "@truc/contracts";
import { StartupError } from "@truc/service";
import { type Command, InvalidArgumentError } from "commander";
import { parseObject, readDocument } from "../documents.ts";
import { firstWith, RegistryClient } from "../registry-client.ts";
import { platformIn, systemIn } from "../running-platform.ts";
import { GRANT, type Grant } from "./grant.ts";
import { grantsCommand, type GrantsOptions } from "./options.ts";
import { printGrant } from "./print-grant.ts";

/** How long a grant is asked for unless said otherwise, in months; it may last 24. */
const MONTHS = 12;

interface RequestOptions extends GrantsOptions {
  reason?: string;
  system?: string;
  purpose?: string;
  scopes?: string;
  from?: string;
  until?: string;
  provinces?: string;
  subjects?: string;
  search?: boolean;
  linked?: number;
  requestsPerSecond?: number;
  costPerMinute?: number;
  registeredOnly?: boolean;
  demandsActor?: boolean;
  demandsCase?: boolean;
}

/** What the registry is asked for: its GrantRequest. */
type GrantRequest = Record<string, unknown> & { system: string };

/** `truc grants request`: what explain found missing, a file with a request, or what the options say. */
export function requestCommand(): Command {
  return grantsCommand("request", "an administrator of the system's agency")
    .description("asks for a grant, or for more of one")
    .argument(
      "[file]",
      "a request as JSON, such as explain's --json; standard input for -, or when no --system is named",
    )
    .option("--reason <why>", "why: kept in the history")
    .option("--system <id>", "who is to ask")
    .option("--purpose <code>", "what for")
    .option("--scopes <scopes>", "what is to be opened, separated by commas or spaces")
    .option("--from <day>", "first day, YYYY-MM-DD; today when left out")
    .option("--until <day>", `last day, YYYY-MM-DD; in ${MONTHS} months when left out`)
    .option(
      "--provinces <codes>",
      "where, separated by commas: a code of today, or CODE@YYYY-MM-DD as it was meant then",
    )
    .option("--subjects <whose>", "whose records: any, self or household")
    .option("--search", "searches too, and not look-ups only")
    .option("--linked <n>", "how many relations further, 0 to 3", wholeNumber)
    .option("--requests-per-second <n>", "how many requests", wholeNumber)
    .option("--cost-per-minute <n>", "how much cost", wholeNumber)
    .option("--registered-only", "registered operations only")
    .option("--demands-actor", "an officer must be named")
    .option("--demands-case", "a case must be named")
    .action(async (file: string | undefined, options: RequestOptions) => {
      const asked =
        options.system === undefined || file !== undefined
          ? await requestIn(file ?? "-")
          : { request: await requestOf(options, options.system), reason: undefined };
      if (asked === undefined) {
        console.log("There is nothing to ask for: everything is allowed already.");
        return;
      }
      const { request } = asked;
      const platform = await platformIn(options.data);
      const { agency } = systemIn(platform, request.system);
      const person = options.as ?? firstWith(platform, `agency-admin:${agency}`);
      const registry = await RegistryClient.open(options.data, person);
      const { grant } = await registry.ask<{ grant: Grant }>(
        `mutation ($input: GrantRequest!, $reason: String!) {
          grant: requestGrant(input: $input, reason: $reason) { ...Grant }
        }
        ${GRANT}`,
        {
          input: request,
          reason: options.reason ?? asked.reason ?? "Requested at the command line.",
        },
      );
      printGrant(grant, options.json === true);
    });
}

/** The request a file holds, alone or as explain's answer; undefined when explain found nothing to ask for. */
async function requestIn(
  file: string,
): Promise<{ request: GrantRequest; reason: string | undefined } | undefined> {
  const whole = parseObject(await readDocument(file), "The request is");
  const found = "request" in whole ? whole["request"] : whole;
  if (found === null) return undefined;
  if (typeof found !== "object" || typeof (found as GrantRequest).system !== "string")
    throw new StartupError("The request names no system, so it is none.");
  const { reason, ...request } = found as GrantRequest;
  return { request, reason: typeof reason === "string" ? reason : undefined };
}

async function requestOf(options: RequestOptions, system: string): Promise<GrantRequest> {
  const { purpose, scopes = "", requestsPerSecond, costPerMinute } = options;
  if (purpose === undefined)
    throw new StartupError("It is not said what for: name the purpose with --purpose CODE.");
  const { monthsAfter } = await import("@truc/authority");
  const budget = stated({ requestsPerSecond, costPerMinute });
  const limits = stated({
    provinces: options.provinces === undefined ? undefined : provincesOf(options.provinces),
    subjects: options.subjects?.toUpperCase(),
    search: options.search,
    linked: options.linked,
  });
  return {
    system,
    purpose,
    scopes: scopes.split(/[\s,]+/).filter((scope) => scope !== ""),
    validUntil: options.until ?? monthsAfter(dayInVietNam(new Date()), MONTHS),
    ...stated({
      validFrom: options.from,
      limits: Object.keys(limits).length > 0 ? limits : undefined,
      budget: Object.keys(budget).length > 0 ? budget : undefined,
      operations: options.registeredOnly === true ? "REGISTERED" : undefined,
      demandsActor: options.demandsActor,
      demandsCase: options.demandsCase,
    }),
  };
}

function provincesOf(text: string): { code: string; asOf: string }[] {
  const today = dayInVietNam(new Date());
  return text
    .split(/[\s,]+/)
    .filter((each) => each !== "")
    .map((each) => {
      const [code = "", asOf = today] = each.split("@");
      return { code, asOf };
    });
}

/** Without what was not said. */
function stated(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
