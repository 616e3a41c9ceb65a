import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Caller } from "../harness/platform.ts";
import type { Facts } from "./facts.ts";

const EXPECTED = "expected.json";

/** case.json: who asks what, and what must become of it. `person`, too, may be the name of a sample. */
export interface JourneyCase extends Caller {
  /** A value that begins with `$` is the name of a sample (Facts.samples); lists hold such values, too. */
  variables: Record<string, string | string[]>;
  /** The registers that must have been asked, by name. */
  subgraphs: string[];
  /** Somebody who may not ask it, with the scopes that a refusal must name. */
  refused: Caller & { scopes: string[] };
}

/** One folder of this one: `<number>-<name>`, numbered as the domain's journeys are. */
export interface Journey extends Omit<JourneyCase, "variables"> {
  name: string;
  query: string;
  variables: Record<string, string | string[]>;
  /** What the facts say the answer is, without any register's software. */
  oracle: (facts: Facts, variables: Record<string, any>, person: string) => unknown;
}

/** Every journey's folder, in order. */
export async function readJourneys(facts: Facts): Promise<Journey[]> {
  const names = readdirSync(new URL(".", import.meta.url)).filter((name) => /^\d+-/.test(name));
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const { variables, person, ...rest } = JSON.parse(read(name, "case.json")) as JourneyCase;
      const { oracle } = (await import(`./${name}/oracle.ts`)) as Pick<Journey, "oracle">;
      const query = read(name, "query.graphql");
      return {
        ...rest,
        ...(person !== undefined && { person: sampleOr(person, facts) }),
        name,
        query,
        variables: resolve(variables, facts),
        oracle,
      };
    }),
  );
}

export function expectedFile(name: string): string {
  return fileURLToPath(new URL(`${name}/${EXPECTED}`, import.meta.url));
}

/** The answer that is committed: the data of one operation, or what a program of several found. */
export function readExpected(name: string): any {
  return JSON.parse(read(name, EXPECTED));
}

function read(name: string, file: string): string {
  return readFileSync(new URL(`${name}/${file}`, import.meta.url), "utf8");
}

function sampleOr(value: string, { samples }: Facts): string {
  if (!value.startsWith("$")) return value;
  const sample = samples[value.slice(1)];
  if (sample === undefined) throw new Error(`there is no sample ${value}`);
  return sample;
}

function resolve(variables: JourneyCase["variables"], facts: Facts): Journey["variables"] {
  const one = (value: string): string => sampleOr(value, facts);
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(one) : one(value),
    ]),
  );
}
