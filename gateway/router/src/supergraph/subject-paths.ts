import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";
import type { AccessTable } from "./access-table.ts";
import { isGivenEverywhere, providers, type Providers } from "./providers.ts";
import type { Planner } from "./planner.ts";
import { fieldOf, type RequiringField } from "./required-fields.ts";
import { SupergraphRefused } from "./supergraph-refused.ts";

/** One field on the way from an object to the key of the entity whose data it holds. */
export interface SubjectStep {
  /** Tells its coordinate from every other one on such a path: the response key under which it is fetched. */
  readonly number: number;
  readonly field: string;
  /** The object type that has the field; undefined where it is an interface's, and the object itself tells its type. */
  readonly owner: string | undefined;
  /** What is read of what it gives; undefined where it gives the key. */
  readonly inner: readonly SubjectStep[] | undefined;
}

/** Whose data the objects of one type hold. */
export interface TypeSubjects {
  /** Whether they hold data of whom the object around them belongs to. */
  readonly around: boolean;
  /** The first fields of the paths that begin at the object itself; empty where only the one around it tells. */
  readonly steps: readonly SubjectStep[];
  /** Whether a path reads what callers never see, so that it can be planned over the whole schema only. */
  readonly unseen: boolean;
}

/** Whose data objects hold, for every type of a supergraph that names a subject. */
export interface SubjectPaths {
  readonly types: ReadonlyMap<string, TypeSubjects>;
  /** `Type.field` of every field on a path, on every object type it can be found on: read whoever asks. */
  readonly coordinates: ReadonlySet<string>;
}

interface Source {
  readonly access: AccessTable;
  readonly planner: Planner;
  readonly document: DocumentNode;
  readonly requiring: readonly RequiringField[];
}

interface MutableStep extends SubjectStep {
  readonly inner: MutableStep[] | undefined;
}

/**
 * Reads what `@subject` says into what is to be fetched for the record.
 * @throws SupergraphRefused for a path that leads to no key, needs arguments, reads more than itself, or that plans
 *   cannot be sure to reach
 */
export function readSubjectPaths({ access, planner, document, requiring }: Source): SubjectPaths {
  const { schema } = planner;
  const numbers = new Map<string, number>();
  const coordinates = new Set<string>();
  const types = new Map<string, TypeSubjects>();
  let given: Providers | undefined;
  for (const type of [...access.subjects.keys()].toSorted()) {
    const paths = access.subjects.get(type)!;
    const steps: MutableStep[] = [];
    let unseen = false;
    for (const path of paths) {
      if (path === AROUND) continue;
      const read = stepsOf(type, path, schema, numbers, steps);
      for (const coordinate of read.flatMap((each) => everywhere(each, schema)))
        coordinates.add(coordinate);
      if (read.every((coordinate) => planner.isSeen(coordinate))) continue;
      unseen = true;
      // Composition has made sure that whatever callers see can be reached, and of nothing else.
      given ??= providers(document);
      const lost = read.find((coordinate) => !isGivenEverywhere(coordinate, given!));
      if (lost !== undefined) refuse(type, path, `${lost} cannot be had wherever it is needed`);
    }
    types.set(type, { around: paths.includes(AROUND), steps, unseen });
  }
  refuseRequiring(coordinates, requiring, access);
  return { types, coordinates };
}

/** The path that says: whoever the object around belongs to. */
const AROUND = "..";

/** Adds a path to those of its type. @returns the coordinates on it */
function stepsOf(
  type: string,
  path: string,
  schema: GraphQLSchema,
  numbers: Map<string, number>,
  into: MutableStep[],
): string[] {
  const coordinates: string[] = [];
  let parent: GraphQLNamedType | undefined = schema.getType(type);
  let steps = into;
  const names = path.split(".");
  for (const [index, name] of names.entries()) {
    const coordinate = `${parent?.name}.${name}`;
    const field = fieldOf(coordinate, schema);
    if (field === undefined) refuse(type, path, `there is no ${coordinate}`);
    if (field.args.some(isRequiredArgument)) refuse(type, path, `${coordinate} needs arguments`);
    const given = getNamedType(field.type);
    const isKey = index === names.length - 1;
    if (isKey !== isLeafType(given))
      refuse(type, path, isKey ? `${coordinate} is no key` : `${coordinate} has no fields`);
    let step = steps.find((each) => each.field === name);
    if (step === undefined) {
      if (!numbers.has(coordinate)) numbers.set(coordinate, numbers.size);
      step = {
        number: numbers.get(coordinate)!,
        field: name,
        owner: isObjectType(parent) ? parent.name : undefined,
        inner: isKey ? undefined : [],
      };
      steps.push(step);
    }
    coordinates.push(coordinate);
    parent = given;
    steps = step.inner ?? [];
  }
  return coordinates;
}

/** A coordinate on the object types that it can be found on, and as it stands. */
function everywhere(coordinate: string, schema: GraphQLSchema): string[] {
  const [parent = "", field = ""] = coordinate.split(".");
  const type = schema.getType(parent);
  return isInterfaceType(type) && isAbstractType(type)
    ? [coordinate, ...schema.getPossibleTypes(type).map(({ name }) => `${name}.${field}`)]
    : [coordinate];
}

/** Whoever asks, a path is read; what its fields are computed from would be read with it. */
function refuseRequiring(
  coordinates: ReadonlySet<string>,
  requiring: readonly RequiringField[],
  access: AccessTable,
): void {
  for (const { type, field, reads } of requiring) {
    const coordinate = `${type}.${field}`;
    if (!coordinates.has(coordinate)) continue;
    const guarded = reads.find((each) => access.fields.has(each) && !coordinates.has(each));
    if (guarded === undefined) continue;
    throw new SupergraphRefused(
      `${coordinate} names whose data something is and requires ${guarded}, which not everybody may read.`,
    );
  }
}

function refuse(type: string, path: string, reason: string): never {
  throw new SupergraphRefused(
    `The path ${JSON.stringify(path)} to whose data ${type} holds cannot be followed: ${reason}.`,
  );
}
