import { catalogueError } from "@truc/contracts";
import { GraphQLError } from "graphql";
import { placeAround, type AskedSubjects } from "../plan/ask-subjects.ts";
import { outerPath, type Apart } from "../plan/keep-apart.ts";
import { isErrorCode } from "../record/recorded-words.ts";
import { valueOf } from "../splice/piece.ts";
import { isMap, type ResultMap } from "./merge.ts";
import { placesOf, type Path } from "./places.ts";

/** More errors tell a caller nothing more; the fields of the further ones are null all the same. */
export const MAX_ERRORS = 2_000;

/** Where the fetches hold something that the caller knows by its path. */
export interface AskedPlace {
  readonly path: Path;
  /** How many of its keys are known to be the fetches'; further ones are the caller's. */
  readonly sure: number;
}

/** Where the fetches hold what the caller knows by a path; undefined where she has asked for no such thing. */
export type PlaceOf = (path: Path) => AskedPlace | undefined;

/**
 * Errors of one request, by where in what was fetched they belong: a field that the plan added is another place than one
 * that the caller has under the same key.
 */
export class FieldErrors {
  /** By the places as the fetches know them; their paths are the caller's. */
  readonly #byPlace = new Map<string, GraphQLError>();
  readonly #unplaced: GraphQLError[] = [];
  readonly #silenced = new Set<string>();
  readonly #apart: Apart | undefined;
  readonly #subjects: AskedSubjects | undefined;
  /** Places at which it should have stood whose data an object holds. */
  readonly #unknown: Path[] = [];
  #placeOf: PlaceOf = (path) => ({ path, sure: path.length });

  /**
   * @param plan how the places that errors are added at differ from the caller's, and which of them only say whose
   *   data the object around holds
   */
  constructor({
    apart,
    subjects,
  }: {
    apart: Apart | undefined;
    subjects: AskedSubjects | undefined;
  }) {
    this.#apart = apart;
    this.#subjects = subjects;
  }

  add(inner: Path | undefined, error: GraphQLError): void {
    const around = inner && placeAround(this.#subjects, inner);
    if (inner !== undefined && around !== undefined) {
      this.#unknown.push(inner);
      this.add(around, ofObject(error));
      return;
    }
    const path = inner === undefined ? undefined : outerPath(this.#apart, inner);
    if (path === undefined || path.length === 0) {
      if (!this.#unplaced.some(({ message }) => message === error.message))
        this.#unplaced.push(error);
      return;
    }
    const place = keyOf(inner!);
    // The first error at a place says why it is null; later ones only repeat it.
    if (!this.#byPlace.has(place) && this.#byPlace.size < MAX_ERRORS)
      this.#byPlace.set(place, withPath(error, path));
  }

  /** From now on, errors are asked for by the caller's paths. */
  knownBy(placeOf: PlaceOf): void {
    this.#placeOf = placeOf;
  }

  /** Whether any place of the answer has an error that was not handed out yet. */
  get waiting(): boolean {
    return this.#byPlace.size > 0;
  }

  /** The places that anything is known to have gone wrong at, as the caller knows them or as the fetches do. */
  *places(): Iterable<Path> {
    for (const { path } of this.#byPlace.values()) if (path !== undefined) yield path;
    yield* this.#unknown;
  }

  /** The error that belongs exactly here. Each is handed out once. */
  take(path: Path): GraphQLError | undefined {
    if (this.#byPlace.size === 0) return undefined;
    const asked = this.#placeOf(path) ?? { path, sure: path.length };
    let place = keyOf(asked.path);
    if (asked.sure < path.length && !this.#byPlace.has(place))
      place = [...this.#byPlace.keys()].find((each) => this.#isMeant(asked, each)) ?? place;
    const error = this.#byPlace.get(place);
    this.#byPlace.delete(place);
    return error;
  }

  /** Whether a place as the fetches know it is the one that the caller has asked for. */
  #isMeant({ path, sure }: AskedPlace, place: string): boolean {
    const inner = JSON.parse(place) as Path;
    const outer = outerPath(this.#apart, inner);
    return (
      path.length === inner.length &&
      path.every((key, index) => key === (index < sure ? inner : outer)[index])
    );
  }

  /** That a null here is explained by an error elsewhere: it stood beside the field that failed, and fell with it. */
  silence(inner: Path): void {
    this.#silenced.add(keyOf(outerPath(this.#apart, inner)));
  }

  isSilenced(path: Path): boolean {
    return (
      this.#silenced.size > 0 &&
      path.some((_, index) => this.#silenced.has(keyOf(path.slice(0, index + 1))))
    );
  }

  /**
   * The objects of which it could not be found out whose data they hold, because what should have said it failed: they
   * cannot be put on record, so they are not shown. Each has an error at its place.
   * @param untold those of them that a register left something out of without a word
   */
  withheld(data: ResultMap, untold: ReadonlySet<ResultMap>): ReadonlySet<ResultMap> {
    const objects = new Set<ResultMap>(untold);
    if (untold.size > 0)
      for (const path of placesOf(untold, data)) this.add(path, catalogueError("SUBGRAPH_ERROR"));
    for (const path of this.#unknown) {
      const told = valueAt(data, path);
      const object = valueAt(data, placeAround(this.#subjects, path) ?? []);
      if ((told === undefined || told === null) && isMap(object)) objects.add(object);
    }
    return objects;
  }

  /** What was never taken of what the caller has asked for: errors below a null, and errors without a place. */
  rest(): GraphQLError[] {
    const placed = [...this.#byPlace].flatMap(([place, error]) => {
      const asked = this.#placeOf(error.path!);
      return asked !== undefined && this.#isMeant(asked, place) ? error : [];
    });
    return [...placed, ...this.#unplaced];
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function valueAt(data: ResultMap, path: Path): unknown {
  let value: unknown = data;
  for (const key of path)
    value = valueOf(Array.isArray(value) ? value[Number(key)] : ownValue(value, key));
  return value;
}

/** A subgraph's error names any key it likes, also one that every object seems to have. */
function ownValue(value: unknown, key: string | number): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The error of an object in place of that of a field which the caller never asked for. */
function ofObject(error: GraphQLError): GraphQLError {
  const { code, register } = error.extensions;
  if (code === "REGISTER_UNAVAILABLE" || code === "ANSWER_TOO_LARGE") return error;
  return catalogueError("SUBGRAPH_ERROR", { extensions: { register } });
}

function withPath(error: GraphQLError, path: Path): GraphQLError {
  return new GraphQLError(error.message, { path, extensions: error.extensions });
}

/** Facts a subgraph may state about an error; whatever else it sends stays inside. Which one it is, the router knows. */
const PUBLIC_EXTENSIONS = ["argument", "rule", "retry", "scopes"] as const;

/** A subgraph's error as the caller may see it: its sentence, a stable code, and public facts. */
export function publicError(raw: unknown, register: string): GraphQLError {
  const error = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const given = (
    typeof error["extensions"] === "object" && error["extensions"] !== null
      ? error["extensions"]
      : {}
  ) as Record<string, unknown>;
  // An error without a code is one nobody meant to show: servers give theirs to what they say on purpose.
  const code = isErrorCode(given["code"]) ? given["code"] : "INTERNAL_SERVER_ERROR";
  const extensions: Record<string, unknown> = { register };
  for (const name of PUBLIC_EXTENSIONS)
    if (given[name] !== undefined) extensions[name] = given[name];
  if (code === "INTERNAL_SERVER_ERROR" || typeof error["message"] !== "string") {
    return catalogueError("SUBGRAPH_ERROR", { extensions });
  }
  return new GraphQLError(error["message"], {
    extensions: { ...extensions, code },
  });
}

/** The error of every field a register that did not answer would have given. */
export function unavailable(register: string, retry: boolean): GraphQLError {
  return catalogueError("REGISTER_UNAVAILABLE", {
    sentence: `The register ${JSON.stringify(register)} did not answer${retry ? ": try again shortly" : ""}.`,
    extensions: { register, retry },
  });
}
