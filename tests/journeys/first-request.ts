import { parseArgs } from "node:util";
import { dayInVietNam } from "@truc/contracts";
import { join, resolve } from "node:path";
import { readPlatformFile, type PlatformFile } from "../../infra/src/all-in-one/platform-file.ts";
import { GRANT, type Grant } from "../../infra/src/cli/grants/grant.ts";
import { firstWith, RegistryClient } from "../../infra/src/cli/registry-client.ts";
import { systemKey } from "../../infra/src/cli/running-platform.ts";
import { Session } from "../../infra/src/cli/session.ts";
import { ROOT } from "../../infra/src/federation.ts";
import { Platform } from "../harness/platform.ts";

/** A register owner's desk that has never asked for other registers' data, and what it wants to know of a parcel. */
const DESK = {
  system: "business-registrar",
  agency: "business-registration-office",
  purpose: "DATA_CLEANUP",
};
const OWNERS = ["land-administration", "ministry-of-public-security"] as const;
const SCOPES = ["land:parcel", "land:rights", "population:identity"];
const QUERY = `query ($id: LandParcelId!) {
  parcel(id: $id) { area rightHolders { nameOnCertificate citizen { fullName } } }
}`;
/** How often the desk asks again while it waits for something to take effect. */
const AGAIN_MS = 5;
const PATIENCE_MS = 10_000;

/** What a query of the desk brought. */
interface Answer {
  data?: { parcel: Record<string, unknown> | null } | null;
  errors?: { message: string; extensions: { code: string; needs?: string[][] } }[];
}

/** One step as it went: what came of it, and how long it took in milliseconds. */
export interface Step {
  title: string;
  outcome: string;
  ms: number;
}

/** What the demonstration found, for whoever wants to hold it against something. */
export interface FirstRequest {
  steps: Step[];
  /** The desk's answers: after the first owner's approval, after the second's, and after the revocation. */
  partly: Answer;
  whole: Answer;
  refused: Answer;
  grant: string;
}

/**
 * From an agency's first request through two owners' approvals to data, then revocation and refusal.
 * @param data the folder of a running platform
 * @param tell gets each step when it is done
 */
export async function firstRequest(
  data: string,
  tell: (step: Step) => void,
): Promise<FirstRequest> {
  const platform = (await readPlatformFile(data))!;
  const steps: Step[] = [];
  const step = async <T>(
    title: string,
    act: () => Promise<T>,
    outcomeOf: (result: T) => string,
  ): Promise<T> => {
    const began = performance.now();
    const result = await act();
    const done = { title, outcome: outcomeOf(result), ms: performance.now() - began };
    steps.push(done);
    tell(done);
    return result;
  };
  const desk = new Desk(data, platform);

  await step(
    "The desk asks for a token without a grant",
    async () => await desk.refusedToken(),
    (sentence) => sentence,
  );
  const grant = await step(
    "Its agency asks for a grant",
    async () => await requested(data, platform),
    ({ id, status }) => `grant ${id} is ${status.toLowerCase()}`,
  );
  const partly = await step(
    `${OWNERS[0]} approves its scopes, and the desk asks`,
    async () => {
      await approved(data, platform, grant, OWNERS[0]);
      return await desk.until(({ data: found }) => found?.parcel != null);
    },
    (answer) => `${summary(answer)}; lacking: ${lacking(answer)}`,
  );
  const whole = await step(
    `${OWNERS[1]} approves its scope, and the desk asks`,
    async () => {
      await approved(data, platform, grant, OWNERS[1]);
      desk.forgetToken();
      return await desk.until(({ errors }) => errors === undefined);
    },
    summary,
  );
  const refused = await step(
    `${OWNERS[0]} revokes the grant, and the desk goes on asking with the token it has`,
    async () => {
      await revoked(data, platform, grant);
      return await desk.until(({ data: found }) => found === undefined);
    },
    ({ errors }) => `refused: ${errors?.[0]?.extensions.code}`,
  );
  return { steps, partly, whole, refused, grant: grant.id };
}

/** The desk's system: gets tokens and asks. */
class Desk {
  readonly #data: string;
  readonly #platform: PlatformFile;
  #session: Session | undefined;

  constructor(data: string, platform: PlatformFile) {
    this.#data = data;
    this.#platform = platform;
  }

  /** @returns the authority's sentence @throws Error when there is a token after all */
  async refusedToken(): Promise<string> {
    const refusal = await this.#open().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (refusal === undefined) throw new Error("the desk has a grant already");
    return refusal;
  }

  /** The next question gets a token anew, with all that the grant covers by then. */
  forgetToken(): void {
    this.#session = undefined;
  }

  /** Asks until the answer is as it shall be. @throws Error when it never is */
  async until(isDone: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#ask();
      if (isDone(answer)) return answer;
      if (performance.now() > deadline)
        throw new Error(`nothing came of it: ${JSON.stringify(answer)}`);
      await new Promise((later) => setTimeout(later, AGAIN_MS));
    }
  }

  async #ask(): Promise<Answer> {
    this.#session ??= await this.#open();
    const variables = { id: this.#platform.samples.parcel };
    return (await this.#session.post(this.#platform.graphql, {
      query: QUERY,
      variables,
    })) as Answer;
  }

  async #open(): Promise<Session> {
    const { system, purpose } = DESK;
    const key = await systemKey(this.#data, system);
    return await Session.open(this.#platform.issuer, { system, purpose }, { key });
  }
}

async function requested(data: string, platform: PlatformFile): Promise<Grant> {
  const registry = await RegistryClient.open(
    data,
    firstWith(platform, `agency-admin:${DESK.agency}`),
  );
  const { grant } = await registry.ask<{ grant: Grant }>(
    `mutation ($input: GrantRequest!, $reason: String!) {
      grant: requestGrant(input: $input, reason: $reason) { ...Grant }
    }
    ${GRANT}`,
    {
      input: {
        system: DESK.system,
        purpose: DESK.purpose,
        scopes: SCOPES,
        limits: { linked: 1 },
        validUntil: inAMonth(),
      },
      reason: "Companies that stand in the land register as holders are to be compared.",
    },
  );
  return grant;
}

async function approved(
  data: string,
  platform: PlatformFile,
  { id, request, scopes }: Grant,
  owner: string,
): Promise<void> {
  const registry = await RegistryClient.open(data, firstWith(platform, `owner-admin:${owner}`));
  const own = scopes
    .filter(({ scope }) => scope.owner?.id === owner)
    .map(({ scope }) => scope.name);
  await registry.ask(
    `mutation ($grant: String!, $request: ID!, $scopes: [String!]!, $reason: String!) {
      approveScopes(grant: $grant, request: $request, scopes: $scopes, reason: $reason) { id }
    }`,
    {
      grant: id,
      request: request?.id,
      scopes: own,
      reason: "The comparison serves both registers.",
    },
  );
}

async function revoked(data: string, platform: PlatformFile, { id }: Grant): Promise<void> {
  const registry = await RegistryClient.open(data, firstWith(platform, `owner-admin:${OWNERS[0]}`));
  await registry.ask(
    `mutation ($grant: String!, $reason: String!) {
      revokeGrant(grant: $grant, reason: $reason) { id }
    }`,
    { grant: id, reason: "The comparison is done." },
  );
}

function inAMonth(): string {
  return dayInVietNam(new Date(Date.now() + 30 * 86_400_000));
}

function lacking({ errors = [] }: Answer): string {
  const needs = errors.flatMap(({ extensions }) => (extensions.needs ?? []).flat());
  return [...new Set(needs)].join(", ");
}

function summary({ data }: Answer): string {
  return JSON.stringify(data?.parcel);
}

/** A running platform where there is one, or one of its own for the time being. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" } } });
  const data = resolve(values.data ?? join(ROOT, ".data"));
  const print = ({ title, outcome, ms }: Step): void =>
    console.log(`${ms.toFixed(0).padStart(6)} ms  ${title}\n           ${outcome}`);
  if ((await readPlatformFile(data)) !== undefined) {
    await firstRequest(data, print);
    return;
  }
  console.log(`No platform runs out of ${data}: one of 600 citizens is started for this.`);
  const own = await Platform.start({ citizens: 600, seed: 1 });
  try {
    await firstRequest(own.data, print);
  } finally {
    await own.stop();
  }
}

if (import.meta.main) await main();
