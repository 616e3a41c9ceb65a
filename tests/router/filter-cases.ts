import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { StubResolvers, StubSubgraph } from "../harness/stub-federation.ts";

const FOLDER = join(import.meta.dirname, "../../gateway/router/src/authorize/filter/cases");
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@policy", "@external", "@requires", "@provides", "@shareable", "@override", "@interfaceObject", "@inaccessible"])\n';

/** `[path, coordinate, needs]`; `search` where it is refused as a search. */
export type ExpectedRefusal = readonly [string, string, readonly (readonly string[])[] | "search"];

/** One operation and what becomes of it; gateway/router/src/authorize/filter/cases/README.md says what each part is. */
export interface FilterCase {
  readonly title: string;
  readonly operation: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly scopes: readonly string[];
  /** Whether searches are allowed; they are when left out. */
  readonly search?: boolean;
  readonly left: string;
  readonly refused?: readonly ExpectedRefusal[];
  readonly answer?: Record<string, unknown> | null;
}

export interface FilterCases {
  readonly name: string;
  readonly subgraphs: Readonly<Record<string, StubSubgraph>>;
  readonly cases: readonly FilterCase[];
}

interface WrittenSubgraph {
  readonly schema: string;
  readonly resolvers?: StubResolvers;
  readonly entities?: Readonly<Record<string, object>>;
}

/** Every file of cases. */
export function filterCases(): FilterCases[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => {
      const { subgraphs, cases } = parse(readFileSync(join(FOLDER, file), "utf8")) as {
        subgraphs: Record<string, WrittenSubgraph>;
        cases: FilterCase[];
      };
      const stubs = Object.entries(subgraphs).map(([name, each]) => [name, stubOf(each)]);
      const name = basename(file, ".yaml");
      return { name, subgraphs: Object.fromEntries(stubs) as FilterCases["subgraphs"], cases };
    });
}

function stubOf({ schema, resolvers = {}, entities = {} }: WrittenSubgraph): StubSubgraph {
  return {
    schema: schema.startsWith("extend schema") ? schema : LINK + schema,
    resolvers,
    entity: (representation) => ({
      ...representation,
      ...entities[String(representation["id"])],
    }),
  };
}
