import { join } from "node:path";
import type { PlatformDefinition } from "@truc/authority";
import { EXAMPLE } from "./example.ts";
import { readJson, writeJson } from "./private-json.ts";

/** DIR/platform.json: all that a client, a test or the CLI needs to know of a running platform. */
export interface PlatformFile {
  graphql: string;
  issuer: string;
  jwks: string;
  console: string | null;
  systems: { id: string; agency: string; purposes: string[]; scopes: string[] }[];
  people: { id: string; name: string; roles: string[] }[];
  samples: { citizen: string; parcel: string; company: string };
  /** What the command on the screen sends. */
  example: { system: string; purpose: string; query: string; variables: Record<string, unknown> };
}

export function platformFile(options: {
  graphql: string;
  issuer: string;
  jwks: string;
  definition: PlatformDefinition;
  people: PlatformFile["people"];
  samples: PlatformFile["samples"];
}): PlatformFile {
  const { graphql, issuer, jwks, definition, people, samples } = options;
  return {
    graphql,
    issuer,
    jwks,
    console: null,
    systems: definition.systems.map(({ id, agency }) => {
      const grants = definition.grants.filter(({ system }) => system === id);
      return {
        id,
        agency,
        purposes: grants.map(({ purpose }) => purpose),
        scopes: [...new Set(grants.flatMap(({ scopes }) => scopes))].toSorted(),
      };
    }),
    people: people.map(({ id, name, roles }) => ({ id, name, roles })),
    samples: { citizen: samples.citizen, parcel: samples.parcel, company: samples.company },
    example: { ...EXAMPLE, variables: { pin: samples.citizen } },
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
