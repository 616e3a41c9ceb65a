import { StartupError } from "@truc/service";
import type { PlatformFile } from "../all-in-one/platform-file.ts";
import { STAFF } from "./caller.ts";
import { GRANT, type Grant } from "./grants/grant.ts";
import { platformIn, personIn, systemKey } from "./running-platform.ts";
import { Session } from "./session.ts";

/** What answers a GraphQL request of ours. */
interface Answer {
  data?: Record<string, unknown> | null;
  errors?: readonly {
    message: string;
    path?: readonly unknown[];
    extensions?: { code?: string };
  }[];
}

/** The registry as one person uses it: through the gateway, like every register. */
export class RegistryClient {
  readonly platform: PlatformFile;
  readonly #session: Session;

  private constructor(platform: PlatformFile, session: Session) {
    this.platform = platform;
    this.#session = session;
  }

  /**
   * Signs the person in through the console.
   * @param data the platform's data folder
   * @throws StartupError when there is no such person, or nothing answers
   */
  static async open(data: string, person: string): Promise<RegistryClient> {
    const platform = await platformIn(data);
    personIn(platform, person);
    const key = await systemKey(data, STAFF.system);
    const session = await Session.open(platform.issuer, { ...STAFF, person }, { key });
    return new RegistryClient(platform, session);
  }

  /** Signs an operator in: for what a command must know before it is clear who acts. */
  static async asOperator(data: string): Promise<RegistryClient> {
    return await RegistryClient.open(data, firstWith(await platformIn(data), "operator"));
  }

  /**
   * One operation at the registry.
   * @throws StartupError with the sentence and code of what was refused
   */
  async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const { graphql } = this.platform;
    const { data, errors = [] } = (await this.#session.post(graphql, {
      query,
      variables,
    })) as Answer;
    const [error] = errors;
    if (error !== undefined)
      throw new StartupError(`${error.message} (${error.extensions?.code ?? "no code"})`);
    return data as T;
  }

  /** @throws StartupError when there is no such grant, or it is not this person's to see */
  async grant(id: string): Promise<Grant> {
    const { grant } = await this.ask<{ grant: Grant | null }>(
      `query ($id: String!) { grant(id: $id) { ...Grant } } ${GRANT}`,
      { id },
    );
    if (grant === null) throw new StartupError(`There is no grant "${id}".`);
    return grant;
  }
}

/** Somebody with a role, the first there is: who acts where a command names nobody. @throws StartupError */
export function firstWith(platform: PlatformFile, role: string): string {
  const found = platform.people.find(({ roles }) => roles.includes(role));
  if (found !== undefined) return found.id;
  throw new StartupError(`Nobody here has the role ${role}: name somebody with --as PERSON.`);
}

/**
 * Who may act for an agency by the registry's own word: the first such person who is not suspended.
 * @param registry as somebody who sees everybody
 * @throws StartupError when there is nobody
 */
export async function administratorOf(
  registry: RegistryClient,
  role: "OWNER_ADMIN" | "AGENCY_ADMIN",
  agency: string,
): Promise<string> {
  interface Person {
    id: string;
    status: string;
    roles: { role: string; agency: { id: string } | null }[];
  }
  const { people } = await registry.ask<{ people: Person[] }>(
    "{ people { id status roles { role agency { id } } } }",
  );
  const found = people.find(
    ({ status, roles }) =>
      status === "ACTIVE" && roles.some((held) => held.role === role && held.agency?.id === agency),
  );
  if (found !== undefined) return found.id;
  const what = role === "OWNER_ADMIN" ? "decides" : "asks";
  throw new StartupError(`The registry knows nobody who ${what} for ${agency}.`);
}
