import { dayInVietNam } from "@truc/contracts";
import { StartupError } from "@truc/service";
import { type Command, InvalidArgumentError } from "commander";
import { parseObject, readDocument } from "../documents.ts";
import { administratorOf, RegistryClient } from "../registry-client.ts";
import { GRANT, type Grant } from "./grant.ts";
import { grantsCommand, type GrantsOptions } from "./options.ts";
import { printGrant } from "./print-grant.ts";
import { day, names, oneOf, SUBJECTS, wholeNumber } from "./words.ts";

/** How long a grant is asked for unless said otherwise, in months; it may last 24. */
const MONTHS = 12;

/** The most that a budget may be. */
const REQUESTS_MAX = 100_000;
const COST_MAX = 1_000_000_000;

interface RequestOptions extends GrantsOptions {
  reason?: string;
  system?: string;
  purpose?: string;
  scopes?: string[];
  from?: string;
  until?: string;
  provinces?: { code: string; asOf: string }[];
  subjects?: string;
  search?: boolean;
  linked?: number;
  requestsPerSecond?: number;
  costPerMinute?: number;
  registeredOnly?: boolean;
  demandsActor?: boolean;
  demandsCase?: boolean;
  demandsReceipt?: boolean;
}

/** What the registry is asked for: its GrantRequest, as far as it is said. */
type GrantRequest = Record<string, unknown>;

/** `truc grants request`: what explain found missing, a file with a request, or what the options say. */
export function requestCommand(): Command {
  return withTerms(
    grantsCommand("request", "an administrator of the system's agency")
      .description("asks for a grant, or for more of one")
      .argument(
        "[file]",
        "a request as JSON, such as explain's --json, of which the options say otherwise; standard input for -, or when no --system is named",
      )
      .option("--reason <why>", "why: kept in the history")
      .option("--system <id>", "who is to ask")
      .option("--purpose <code>", "what for")
      .option("--scopes <scopes>", "what is to be opened, separated by commas or spaces", names),
  ).action(async (file: string | undefined, options: RequestOptions) => {
    const found =
      options.system === undefined || file !== undefined ? await requestIn(file ?? "-") : {};
    if (found === undefined) {
      console.log("There is nothing to ask for: everything is allowed already.");
      return;
    }
    const { reason, ...input } = await completed(found, options);
    const person = options.as ?? (await whoAsksFor(String(input["system"]), options.data));
    const registry = await RegistryClient.open(options.data, person);
    const { grant } = await registry.ask<{ grant: Grant }>(
      `mutation ($input: GrantRequest!, $reason: String!) {
        grant: requestGrant(input: $input, reason: $reason) { ...Grant }
      }
      ${GRANT}`,
      { input, reason: options.reason ?? reason ?? "Requested at the command line." },
    );
    printGrant(grant, options.json === true);
  });
}

function withTerms(command: Command): Command {
  return command
    .option("--from <day>", "first day, YYYY-MM-DD; today when left out", day)
    .option("--until <day>", `last day, YYYY-MM-DD; in ${MONTHS} months when left out`, day)
    .option(
      "--provinces <codes>",
      "where, separated by commas: a code of today, or CODE@YYYY-MM-DD as it was meant then",
      provinces,
    )
    .option("--subjects <whose>", `whose records: ${SUBJECTS.join(", ")}`, oneOf(SUBJECTS))
    .option("--search", "searches too, and not look-ups only")
    .option("--linked <n>", "how many relations further, 0 to 3", wholeNumber(0, 3))
    .option("--requests-per-second <n>", "how many requests", wholeNumber(1, REQUESTS_MAX))
    .option("--cost-per-minute <n>", "how much cost", wholeNumber(1, COST_MAX))
    .option("--registered-only", "registered operations only")
    .option("--demands-actor", "an officer must be named")
    .option("--demands-case", "a case must be named")
    .option("--demands-receipt", "every answer carries a receipt");
}

/** The request a file holds, alone or as explain's answer; undefined when explain found nothing to ask for. */
async function requestIn(file: string): Promise<GrantRequest | undefined> {
  const whole = parseObject(await readDocument(file), "The request is");
  const found = "request" in whole ? whole["request"] : whole;
  if (found === null) return undefined;
  if (typeof found !== "object" || typeof (found as GrantRequest)["system"] !== "string")
    throw new StartupError("The request names no system, so it is none.");
  return found as GrantRequest;
}

/** A request with what the options say of it. @throws StartupError when it is not said what for */
async function completed(found: GrantRequest, options: RequestOptions): Promise<GrantRequest> {
  const { requestsPerSecond, costPerMinute, provinces: where, subjects, search, linked } = options;
  const limits = stated({ provinces: where, subjects, search, linked });
  const budget = stated({ requestsPerSecond, costPerMinute });
  const request: GrantRequest = {
    ...found,
    ...stated({
      system: options.system,
      purpose: options.purpose,
      scopes: options.scopes,
      validFrom: options.from,
      validUntil: options.until,
      limits: limits && { ...(found["limits"] as object | undefined), ...limits },
      budget: budget && { ...(found["budget"] as object | undefined), ...budget },
      operations: options.registeredOnly === true ? "REGISTERED" : undefined,
      demandsActor: options.demandsActor,
      demandsCase: options.demandsCase,
      demandsReceipt: options.demandsReceipt,
    }),
  };
  if (request["purpose"] === undefined)
    throw new StartupError("It is not said what for: name the purpose with --purpose CODE.");
  if (request["scopes"] === undefined)
    throw new StartupError("It is not said what is to be opened: name it with --scopes SCOPES.");
  if (request["validUntil"] !== undefined) return request;
  const { monthsAfter } = await import("@truc/authority");
  return { ...request, validUntil: monthsAfter(dayInVietNam(new Date()), MONTHS) };
}

/** Without what was not said; undefined when nothing was. */
function stated(options: Record<string, unknown>): Record<string, unknown> | undefined {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}

async function whoAsksFor(system: string, data: string): Promise<string> {
  const registry = await RegistryClient.asOperator(data);
  const { found } = await registry.ask<{ found: { agency: { id: string } } | null }>(
    "query ($id: String!) { found: system(id: $id) { agency { id } } }",
    { id: system },
  );
  if (found === null) throw new StartupError(`The registry knows no system "${system}".`);
  return await administratorOf(registry, "AGENCY_ADMIN", found.agency.id);
}

function provinces(text: string): { code: string; asOf: string }[] {
  const today = dayInVietNam(new Date());
  return names(text).map((each) => {
    const [code = "", asOf = today] = each.split("@");
    if (!/^\d{2}$/.test(code))
      throw new InvalidArgumentError(`"${code}" is not a province's code of two digits.`);
    return { code, asOf: day(asOf) };
  });
}
