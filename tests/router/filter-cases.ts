import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { StubResolvers, StubSubgraph } from "../harness/stub-federation.ts";

const FOLDER = join(import.meta.dirname, "../../gateway/router/src/authorize/filter/cases");
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@policy", "@external", "@requires", "@provides", "@shareable", "@override", "@interfaceObject"])\n';

/** `[path, coordinate, needs]`. */
export type ExpectedRefusal = readonly [string, string, readonly (readonly string[])[]];

/** One operation and what becomes of it; gateway/router/src/authorize/filter/cases/README.md says what each part is. */
export interface FilterCase {
  readonly title: string;
  readonly operation: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly scopes: readonly string[];
  readonly left: string;
  readonly refused?: readonly ExpectedRefusal[];
  readonly answer?: Record<string, unknown> | null;
}

export interface FilterCases {
  readonly name: string;
  readonly subgraphs: Readonly<Record<string, StubSubgraph>>;
  readonly cases: readonly FilterCase[];
}

/** Every file of cases. */
export function filterCases(): FilterCases[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => {
      const { subgraphs, cases } = parse(readFileSync(join(FOLDER, file), "utf8")) as {
        subgraphs: Record<string, { schema: string; resolvers?: StubResolvers }>;
        cases: FilterCase[];
      };
      return { name: basename(file, ".yaml"), subgraphs: linked(subgraphs), cases };
    });
}

function linked(
  subgraphs: Record<string, { schema: string; resolvers?: StubResolvers }>,
): Record<string, StubSubgraph> {
  return Object.fromEntries(
    Object.entries(subgraphs).map(([name, { schema, resolvers = {} }]) => [
      name,
      { schema: schema.startsWith("extend schema") ? schema : LINK + schema, resolvers },
    ]),
  );
}
