import { createHash } from "node:crypto";
import { parse, type GraphQLSchema } from "graphql";
import { readCostTable, type CostTable } from "../cost/cost-table.ts";
import { agreedTypes, type AgreedTypes } from "./agreed-types.ts";
import { argumentInputs, type ArgumentInputs } from "./argument-inputs.ts";
import { readAccessTable, withoutSecurity, type AccessTable } from "./access-table.ts";
import { entityTypes } from "./entity-types.ts";
import { refuseGuardedContexts, refuseLeakingRequires, refuseLoosening } from "./holes.ts";
import { foreignFields, type ForeignFields } from "./foreign-fields.ts";
import { keyFields } from "./key-fields.ts";
import { loneInterfacesAsObjects } from "./lone-interfaces.ts";
import { ownTypes, type OwnTypes } from "./own-types.ts";
import { createPlanner, separatePlanners, type Planner, type PlanSeparately } from "./planner.ts";
import { fieldOf, requiringFields, type RequiringField } from "./required-fields.ts";
import { resolvableKeysFirst } from "./resolvable-keys-first.ts";
import { allAtOnce, type Steps } from "./steps.ts";
import { standInFields } from "./stand-in-fields.ts";
import { readSubjectPaths, type SubjectPaths } from "./subject-paths.ts";
import { SupergraphRefused } from "./supergraph-refused.ts";

/** One loaded supergraph: what every stage of a request that began under it works with until that request ends. */
export interface Supergraph {
  /** SHA-256 of its text, base64url: part of every cache key. */
  readonly id: string;
  /** The schema that its callers see. */
  readonly api: GraphQLSchema;
  readonly access: AccessTable;
  readonly costs: CostTable;
  readonly planner: Planner;
  /** For what the planner plans wrongly or not at all, in the order in which they are to be tried. */
  readonly separatePlanners: readonly PlanSeparately[];
  /** Names of fields that take arguments and that some other field `@requires`: see plan/keep-apart.ts. */
  readonly contested: ReadonlySet<string>;
  /** The response keys under which plans add fields of their own accord: keys, what others `@requires`. */
  readonly added: ReadonlySet<string>;
  /** `Type.field` of every field that is part of a key: it may be fetched for a join, whoever asks. */
  readonly keys: ReadonlySet<string>;
  /** By `Type.field` of every field that `@requires` others, the names of those others on the type itself. */
  readonly inputs: ReadonlyMap<string, ReadonlySet<string>>;
  /** By subgraph, what it has to do with others' fields. */
  readonly foreign: ReadonlyMap<string, ForeignFields>;
  /** Which types of fields subgraphs say. */
  readonly ownTypes: OwnTypes;
  /** Which types fields may lead to. */
  readonly agreedTypes: AgreedTypes;
  /** `Type.field` of what is computed for objects of types that the subgraph does not know: never planned at once. */
  readonly standInFields: ReadonlySet<string>;
  /** Names of the object types that are entities: what distances are counted in. */
  readonly entities: ReadonlySet<string>;
  /** What is fetched for the record of whose data was read. */
  readonly subjects: SubjectPaths;
  readonly subgraphs: ReadonlyMap<string, { name: string; url: string }>;
}

/**
 * Makes a supergraph ready to serve.
 * @param floor the guards it must not fall below, if any
 * @throws SupergraphRefused when it does not parse, does not compose or would open a hole
 */
export function loadSupergraph(text: string, floor?: AccessTable): Supergraph {
  return allAtOnce(supergraphFrom(text, floor));
}

/** The same, step by step. @throws SupergraphRefused likewise, from any step */
export function* supergraphFrom(text: string, floor?: AccessTable): Steps<Supergraph> {
  try {
    const document = loneInterfacesAsObjects(parse(text, { noLocation: true }));
    const access = readAccessTable(document);
    const joined = resolvableKeysFirst(withoutSecurity(document));
    const planner = yield* createPlanner(joined);
    refuseGuardedContexts(document, access);
    const requiring = requiringFields(document, planner.schema);
    const types = ownTypes(document);
    const inputs = argumentInputs(joined);
    const keys = keyFields(document, planner.schema);
    refuseLeakingRequires(requiring, planner.schema, access);
    yield;
    const subjects = readSubjectPaths({ access, planner, document, requiring });
    yield;
    if (floor !== undefined) refuseLoosening(floor, access, planner.schema);
    return {
      id: createHash("sha256").update(text).digest("base64url"),
      api: planner.api,
      access,
      costs: readCostTable(document),
      planner,
      separatePlanners: separatePlanners(joined, inputs),
      contested: contestedNames(requiring, planner.schema),
      added: addedNames(requiring, keys, inputs),
      keys,
      inputs: inputNames(requiring),
      foreign: foreignFields(document, planner.schema, types),
      ownTypes: types,
      agreedTypes: agreedTypes(document, planner.schema),
      standInFields: standInFields(joined, planner.schema, requiring),
      entities: entityTypes(document),
      subjects,
      subgraphs: new Map(planner.subgraphs.map((subgraph) => [subgraph.name, subgraph])),
    };
  } catch (error) {
    if (error instanceof SupergraphRefused) throw error;
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    throw new SupergraphRefused(`The supergraph cannot be read: ${reason}`, { cause: error });
  }
}

function contestedNames(requiring: readonly RequiringField[], schema: GraphQLSchema): Set<string> {
  return new Set(
    requiring
      .flatMap(({ reads }) => reads)
      .flatMap((coordinate) => fieldOf(coordinate, schema) ?? [])
      .filter(({ args }) => args.length > 0)
      .map(({ name }) => name),
  );
}

function inputNames(requiring: readonly RequiringField[]): Map<string, Set<string>> {
  return new Map(
    requiring.map(({ type, field, reads }) => [
      `${type}.${field}`,
      new Set(
        reads.flatMap((each) => (each.startsWith(`${type}.`) ? each.slice(type.length + 1) : [])),
      ),
    ]),
  );
}

function addedNames(
  requiring: readonly RequiringField[],
  keys: ReadonlySet<string>,
  inputs: ArgumentInputs,
): Set<string> {
  const coordinates = [...requiring.flatMap(({ reads }) => reads), ...keys];
  const names = coordinates.map((each) => each.slice(each.indexOf(".") + 1));
  return new Set(["__typename", ...names, ...inputs.keys()]);
}
