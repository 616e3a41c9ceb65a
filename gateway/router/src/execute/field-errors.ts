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

interface PlacedError {
  /** As the fetches know it. */
  readonly place: Path;
  /** Its path is the caller's. */
  readonly error: GraphQLError;
}

/**
 * Errors of one request, by where in the answer they belong. A field that the plan added may have the path of one that
 * the caller has under the same key; it is another place all the same.
 */
export class FieldErrors {
  /** By the caller's paths. */
  readonly #byPath = new Map<string, PlacedError[]>();
  #count = 0;
  readonly #silenced = new Set<string>();
  readonly #fallen = new Set<string>();
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

  add(place: Path, error: GraphQLError): void {
    const around = placeAround(this.#subjects, place);
    if (around !== undefined) this.#unknown.push(place);
    if (this.#count >= MAX_ERRORS) return;
    if (around === undefined) this.#add(place, error);
    else this.#add(around, ofObject(error));
  }

  #add(place: Path, error: GraphQLError): void {
    const path = outerPath(this.#apart, place);
    const key = keyOf(path);
    const here = this.#byPath.get(key);
    // The first error at a place says why it is null; later ones only repeat it.
    if (here?.some((each) => keyOf(each.place) === keyOf(place)) === true) return;
    const placed = { place, error: withPath(error, path) };
    if (here === undefined) this.#byPath.set(key, [placed]);
    else here.push(placed);
    this.#count += 1;
  }

  /** From now on, errors are asked for by the caller's paths. */
  knownBy(placeOf: PlaceOf): void {
    this.#placeOf = placeOf;
  }

  /** Whether any place of the answer has an error that was not handed out yet. */
  get waiting(): boolean {
    return this.#count > 0;
  }

  /** The places that anything is known to have gone wrong at, as the caller knows them or as the fetches do. */
  *places(): Iterable<Path> {
    for (const [{ error }] of this.#byPath.values() as Iterable<[PlacedError]>)
      if (error.path !== undefined) yield error.path;
    yield* this.#unknown;
  }

  /** The error that belongs exactly here. Each is handed out once. */
  take(path: Path): GraphQLError | undefined {
    const here = this.#count === 0 ? undefined : this.#byPath.get(keyOf(path));
    const asked = here && this.#placeOf(path);
    if (here === undefined || asked === undefined) return undefined;
    const found = here.findIndex(({ place }) => this.#isMeant(asked, place));
    if (found === -1) return undefined;
    const [{ error } = { error: undefined }] = here.splice(found, 1);
    if (here.length === 0) this.#byPath.delete(keyOf(path));
    this.#count -= 1;
    return error;
  }

  /** Whether a place as the fetches know it is the one that the caller has asked for. */
  #isMeant({ path, sure }: AskedPlace, place: Path): boolean {
    const outer = outerPath(this.#apart, place);
    return (
      path.length === place.length &&
      path.every((key, index) => key === (index < sure ? place : outer)[index])
    );
  }

  /** That a null here is explained by an error elsewhere: it stood beside the field that failed, and fell with it. */
  silence(inner: Path): void {
    this.#silenced.add(keyOf(outerPath(this.#apart, inner)));
  }

  isSilenced(path: Path): boolean {
    return this.#silenced.size > 0 && aroundOf(path, this.#silenced).length > 0;
  }

  /** That a fetch's answer was null here, since something below failed, whatever other fetches know of what is below. */
  fell(inner: Path): void {
    if (this.#fallen.size < MAX_ERRORS) this.#fallen.add(keyOf(outerPath(this.#apart, inner)));
  }

  /** The places around this one at which a fetch's answer was null because of an error below. */
  fallenAround(path: Path): readonly Path[] {
    return this.#fallen.size === 0 ? [] : aroundOf(path, this.#fallen);
  }

  /**
   * The objects of which it could not be found out whose data they hold, because what should have said it failed: they
   * cannot be put on record, so they are not shown. Each has an error at its place.
   * @param untold those of them that a register left something out of without a word
   */
  withheld(data: ResultMap, untold: ReadonlySet<ResultMap>): ReadonlySet<ResultMap> {
    const objects = new Set<ResultMap>(untold);
    if (untold.size > 0) {
      const error = catalogueError("SUBGRAPH_ERROR");
      for (const path of placesOf(untold, data)) this.add(path, error);
    }
    for (const path of this.#unknown) {
      const told = valueAt(data, path);
      const object = valueAt(data, placeAround(this.#subjects, path) ?? []);
      if ((told === undefined || told === null) && isMap(object)) objects.add(object);
    }
    return objects;
  }

  /** What was never taken of what the caller has asked for: errors below a null. */
  rest(): GraphQLError[] {
    return [...this.#byPath.values()].flat().flatMap(({ place, error }) => {
      const asked = this.#placeOf(error.path!);
      return asked !== undefined && this.#isMeant(asked, place) ? error : [];
    });
  }
}

/** Those of some places at which a path passes, or ends. */
function aroundOf(path: Path, places: ReadonlySet<string>): Path[] {
  return path
    .map((_, index) => path.slice(0, index + 1))
    .filter((place) => places.has(keyOf(place)));
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
/** An error may be told at very many fields: a sentence of more letters than this is cut off. */
const MAX_SENTENCE = 1_000;
/** Letters of a fact; longer ones are left out, and so are lists of more than some. */
const MAX_FACT = 500;
const MAX_FACTS = 50;

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
  for (const name of PUBLIC_EXTENSIONS) if (isFact(given[name])) extensions[name] = given[name];
  if (code === "INTERNAL_SERVER_ERROR" || typeof error["message"] !== "string") {
    return catalogueError("SUBGRAPH_ERROR", { extensions });
  }
  return new GraphQLError(sentenceOf(error["message"]), {
    extensions: { ...extensions, code },
  });
}

function sentenceOf(message: string): string {
  return message.length <= MAX_SENTENCE
    ? message
    : `${message.slice(0, MAX_SENTENCE).toWellFormed()}…`;
}

/** Whether it is one word, number or flag, or a short list of such. */
function isFact(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= MAX_FACTS && value.every(isPlainFact);
  return isPlainFact(value);
}

function isPlainFact(value: unknown): boolean {
  return typeof value === "string"
    ? value.length <= MAX_FACT
    : typeof value === "boolean" || typeof value === "number";
}

/** The error of every field a register that did not answer would have given. */
export function unavailable(register: string, retry: boolean): GraphQLError {
  return catalogueError("REGISTER_UNAVAILABLE", {
    sentence: `The register ${JSON.stringify(register)} did not answer${retry ? ": try again shortly" : ""}.`,
    extensions: { register, retry },
  });
}
