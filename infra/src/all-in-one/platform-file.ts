import { join } from "node:path";
import type { PlatformDefinition } from "@truc/authority";
import type { FeedGrant } from "@truc/contracts";
import { EXAMPLE, exampleLacks } from "./example.ts";
import { readJson, writeJson } from "./private-json.ts";

/** DIR/platform.json: all that a client, a test or the CLI needs to know of a running platform. */
export interface PlatformFile {
  graphql: string;
  issuer: string;
  jwks: string;
  /** The audit process: checkpoints and proofs. */
  audit: string;
  console: string | null;
  /** With what their live grants opened when the platform started. */
  systems: { id: string; agency: string; purposes: string[]; scopes: string[] }[];
  people: { id: string; name: string; roles: string[] }[];
  samples: { citizen: string; parcel: string; company: string };
  /** What the command on the screen sends. `lacks` is there when it is not answered in full any more, and says why. */
  example: {
    system: string;
    purpose: string;
    query: string;
    variables: Record<string, unknown>;
    lacks?: string;
  };
}

/** @param options.grants those that open something today */
export function platformFile(options: {
  graphql: string;
  issuer: string;
  jwks: string;
  audit: string;
  definition: PlatformDefinition;
  people: PlatformFile["people"];
  grants: readonly FeedGrant[];
  samples: PlatformFile["samples"];
}): PlatformFile {
  const { graphql, issuer, jwks, audit, definition, people, grants, samples } = options;
  const defined = definition.grants.map(({ system, purpose }) => `${system} ${purpose}`);
  // Those of the definition first and in its order, then what was granted since.
  const place = ({ system, purpose }: FeedGrant): number => {
    const index = defined.indexOf(`${system} ${purpose}`);
    return index < 0 ? defined.length : index;
  };
  const ordered = grants.toSorted(
    (one, other) => place(one) - place(other) || (one.purpose < other.purpose ? -1 : 1),
  );
  const { system, purpose, query } = EXAMPLE;
  const lacks = exampleLacks(grants);
  return {
    graphql,
    issuer,
    jwks,
    audit,
    console: null,
    systems: definition.systems.map(({ id, agency }) => {
      const own = ordered.filter((grant) => grant.system === id);
      return {
        id,
        agency,
        purposes: own.map((grant) => grant.purpose),
        scopes: [...new Set(own.flatMap(({ scopes }) => scopes))].toSorted(),
      };
    }),
    people: people.map(({ id, name, roles }) => ({ id, name, roles })),
    samples: { citizen: samples.citizen, parcel: samples.parcel, company: samples.company },
    example: {
      system,
      purpose,
      query,
      variables: { pin: samples.citizen },
      ...(lacks !== undefined && { lacks }),
    },
  };
}

export function platformFilePath(data: string): string {
  return join(data, "platform.json");
}

export async function writePlatformFile(data: string, platform: PlatformFile): Promise<void> {
  await writeJson(platformFilePath(data), platform);
}

/** Undefined when no platform runs out of that folder. */
export async function readPlatformFile(data: string): Promise<PlatformFile | undefined> {
  return await readJson<PlatformFile>(platformFilePath(data));
}
