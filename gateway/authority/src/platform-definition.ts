import { StartupError } from "@truc/service";
import * as z from "zod";
import { Day, wholeNumber } from "./registry/plain-forms.ts";
import { isProvince } from "./registry/provinces.ts";
import { TermsInput } from "./registry/terms-input.ts";
import { PublicSystemKey } from "./system-key.ts";

/** The id of an agency or a system. */
export const Id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, "an id is lower-case letters, digits and hyphens");
/** A scope's name. */
export const ScopeName = z
  .string()
  .max(64, "a scope's name has at most 64 characters")
  .regex(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/, "a scope is register:category");
/** Scopes, as somebody asks for them or decides on them. */
export const ScopeNames = z
  .array(ScopeName)
  .min(1, "at least one scope is needed")
  .max(200, "at most 200 scopes are taken at once");
/** The code of a purpose. */
export const PurposeCode = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "a purpose's code is capital letters, digits and _");
export const Sentence = z
  .string()
  .min(1, "a text has 1 to 2000 characters")
  .max(2000, "a text has 1 to 2000 characters");
/** What an agency or a system is called. */
export const Name = z
  .string()
  .min(1, "a name has 1 to 200 characters")
  .max(200, "a name has 1 to 200 characters");
/** The id of somebody who acts at the registry. */
export const PersonId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,35}$/, "a person's id is lower-case letters, digits and hyphens");
/** A citizen's personal identification number. */
export const Pin = z.string().regex(/^\d{12}$/, "a personal identification number has 12 digits");

/** What a person may do: for the whole platform, or for one agency. */
export const PersonRole = z
  .strictObject({
    role: z.enum(["operator", "owner-admin", "agency-admin", "auditor", "citizen"]),
    agency: Id.nullable().default(null),
  })
  .refine(
    ({ role, agency }) => (role === "owner-admin" || role === "agency-admin") === (agency !== null),
    "an administrator has an agency, and nobody else has",
  );
export type PersonRole = z.infer<typeof PersonRole>;

/** Where a sign-in may return to: https, or http on the machine itself (RFC 8252, section 7.3). */
export const RedirectUri = z
  .string()
  .max(500, "an address has at most 500 characters")
  .refine(
    isRedirectUri,
    "an address is https://…, or http:// on this machine, without user name, password or fragment",
  );

/** How long a grant lasts at most. */
const MAX_GRANT_MONTHS = 24;

/** A platform's members and rights, as a deployment writes them down before anything runs. */
export const PlatformDefinition = z.strictObject({
  agencies: z.array(z.strictObject({ id: Id, name: Name })),
  /** `owner`: the agency that alone may give the scope away. */
  scopes: z.array(z.strictObject({ name: ScopeName, owner: Id, description: Sentence })),
  /** `ceiling`: the scopes that a grant for the purpose may reach at most. */
  purposes: z.array(
    z.strictObject({
      code: PurposeCode,
      text: Sentence,
      legalBasis: Sentence,
      ceiling: z.array(ScopeName).min(1, "at least one scope is needed"),
      /** How long the citizens concerned do not see that they were looked up, days. */
      disclosureDelayDays: wholeNumber("disclosureDelayDays", 0, 3650).default(0),
    }),
  ),
  /** `keys`: public keys, each of which the system may sign with. */
  systems: z.array(
    z.strictObject({
      id: Id,
      name: Name,
      agency: Id,
      keys: z.array(PublicSystemKey),
      /** Whether its tokens must be bound to a key (RFC 9449). */
      dpop: z.boolean().default(false),
      /** Where a sign-in through the system may return to. */
      redirectUris: z.array(RedirectUri).default([]),
    }),
  ),
  /** Who acts at the registry. `pin`: of somebody who may sign in as a citizen. */
  people: z
    .array(
      z.strictObject({
        id: PersonId,
        name: Name,
        roles: z.array(PersonRole),
        pin: Pin.optional(),
      }),
    )
    .default([]),
  /**
   * Approved as they stand. `validFrom` and `validUntil`: first and last day, YYYY-MM-DD in Viet Nam. What is not stated
   * of limits, budget, operations and demands is as in DEFAULT_TERMS: no limits.
   */
  grants: z.array(
    TermsInput.extend({
      system: Id,
      purpose: PurposeCode,
      scopes: z.array(ScopeName).min(1, "at least one scope is needed"),
      validFrom: Day,
      validUntil: Day,
    }),
  ),
});
/** As it is written down. */
export type PlatformDefinition = z.input<typeof PlatformDefinition>;
/** As it was understood: with what is not stated filled in. */
export type CheckedPlatform = z.output<typeof PlatformDefinition>;

/**
 * Checks a definition's shape, and that its parts fit together: nothing is named that is not defined, nothing is
 * defined twice, no grant reaches beyond its purpose's ceiling or lasts longer than 24 months.
 * @throws StartupError with the first fault in one sentence
 */
export function checkPlatform(platform: unknown): CheckedPlatform {
  const result = PlatformDefinition.safeParse(platform);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new StartupError(
      `The platform definition is wrong at ${issue!.path.join(".")}: ${issue!.message}.`,
    );
  }
  for (const fault of faults(result.data))
    throw new StartupError(`The platform definition is wrong: ${fault}.`);
  return result.data;
}

function* faults(platform: CheckedPlatform): Generator<string> {
  const { agencies, scopes, purposes, systems, people, grants } = platform;
  yield* twice(
    "agency",
    agencies.map(({ id }) => id),
  );
  yield* twice(
    "scope",
    scopes.map(({ name }) => name),
  );
  yield* twice(
    "purpose",
    purposes.map(({ code }) => code),
  );
  yield* twice(
    "system",
    systems.map(({ id }) => id),
  );
  yield* twice(
    "person",
    people.map(({ id }) => id),
  );
  yield* twice(
    "grant",
    grants.map(({ system, purpose }) => `${system} for ${purpose}`),
  );
  yield* twice(
    "key",
    systems.flatMap(({ keys }) => keys.map(({ x }) => x)),
  );
  const isAgency = among(agencies.map(({ id }) => id));
  const isScope = among(scopes.map(({ name }) => name));
  for (const { name, owner } of scopes) {
    if (!isAgency(owner)) yield `scope ${name} is owned by ${owner}, which is no agency`;
  }
  for (const { id, agency } of systems) {
    if (!isAgency(agency)) yield `system ${id} belongs to ${agency}, which is no agency`;
  }
  for (const { id, roles } of people) {
    for (const { agency } of roles)
      if (agency !== null && !isAgency(agency))
        yield `person ${id} administers ${agency}, which is no agency`;
  }
  for (const { code, ceiling } of purposes) {
    for (const scope of ceiling)
      if (!isScope(scope)) yield `the ceiling of ${code} names ${scope}, which is no scope`;
  }
  for (const grant of grants) yield* grantFaults(platform, grant);
}

function* grantFaults(
  { purposes, systems }: CheckedPlatform,
  { system, purpose, scopes, validFrom, validUntil, limits }: CheckedPlatform["grants"][number],
): Generator<string> {
  const grant = `the grant of ${system} for ${purpose}`;
  if (!systems.some(({ id }) => id === system)) yield `${grant} names a system that is not defined`;
  const ceiling = purposes.find(({ code }) => code === purpose)?.ceiling;
  if (ceiling === undefined) yield `${grant} names a purpose that is not defined`;
  const beyond = scopes.filter((scope) => ceiling !== undefined && !ceiling.includes(scope));
  if (beyond.length > 0)
    yield `${grant} goes beyond the purpose's ceiling with ${beyond.join(", ")}`;
  const stranger = limits?.provinces?.find((province) => !isProvince(province));
  if (stranger !== undefined)
    yield `${grant} is limited to ${stranger.code} of ${stranger.asOf}, which was no province`;
  if (validUntil < validFrom) yield `${grant} ends before it begins`;
  if (validUntil > monthsAfter(validFrom, MAX_GRANT_MONTHS)) {
    yield `${grant} lasts longer than ${MAX_GRANT_MONTHS} months`;
  }
}

function isRedirectUri(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.hash !== "" || text.includes("#")) return false;
  // It would go into logs and histories, and no browser asks for what stands there.
  if (url.username !== "" || url.password !== "") return false;
  const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isLocal);
}

function* twice(what: string, names: string[]): Generator<string> {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) yield `${what} ${repeated} is defined twice`;
}

function among(names: string[]): (name: string) => boolean {
  const set = new Set(names);
  return (name) => set.has(name);
}

/** The same day of a later month, or the month's last day where that month is shorter. Days are YYYY-MM-DD. */
export function monthsAfter(day: string, months: number): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastDate)))
    .toISOString()
    .slice(0, 10);
}
