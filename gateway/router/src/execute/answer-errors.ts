import type { GraphQLError } from "graphql";
import type { FetchNode } from "../supergraph/planner.ts";
import { valueOf } from "../splice/piece.ts";
import { MAX_ERRORS, publicError } from "./field-errors.ts";
import { isMap, type ResultMap } from "./merge.ts";
import { pathsAt, type Path } from "./places.ts";
import { rewrittenPath } from "./rewrites.ts";
import type { Run } from "./run.ts";
import type { MeasuredAnswer } from "./subgraph-clients.ts";
import { unanswered, ungiven, type Selected, type SelectedKeys } from "./selected-keys.ts";

/** Where what goes wrong with one fetch of a plan belongs in the answer. */
export class AnswerErrors {
  readonly #fetch: FetchNode;
  readonly #at: Path;
  readonly #selected: Selected;

  /** @param at the plan's path to the objects the fetch is made for */
  constructor(fetch: FetchNode, at: Path, selected: Selected) {
    this.#fetch = fetch;
    this.#at = at;
    this.#selected = selected;
  }

  /**
   * A subgraph's errors: their paths begin at `_entities`, or at the fetch's own place.
   * @param asked the objects the fetch was made for, in the order of the entities asked for
   * @param answer before it becomes part of what is known
   */
  place(
    run: Run,
    asked: readonly ResultMap[],
    { data, errors = [] }: Pick<MeasuredAnswer, "data" | "errors">,
    areEntities: boolean,
  ): void {
    if (errors.length === 0) return;
    const paths = this.#pathsIn(run);
    const { outputRewrites } = this.#fetch;
    let isWhole = false;
    const whole = new Set<ResultMap>();
    for (const raw of errors.slice(0, MAX_ERRORS)) {
      const error = publicError(raw, this.#fetch.serviceName);
      const given = pathOf(raw);
      const object = areEntities ? asked[Number(given[1])] : asked[0];
      const rest = areEntities ? given.slice(2) : given;
      if (rest.length > 0 && object !== undefined) {
        const path = [...paths.of(object), ...rewrittenPath(outputRewrites, rest)];
        run.errors.add(path, error);
        const above = given.length - fallenAt(data, given);
        if (above > 0 && above < rest.length) run.errors.fell(path.slice(0, -above));
        continue;
      }
      // The first error of a whole object is that of all its fields; of further ones nothing would be told.
      if (isWhole || (object !== undefined && whole.has(object))) continue;
      if (object === undefined || given.length === 0) {
        isWhole = true;
        this.everywhere(run, asked, error);
      } else {
        whole.add(object);
        this.everywhere(run, [object], error);
      }
    }
  }

  /** An error without a field of its own belongs to every field the fetch was to give. */
  everywhere(run: Run, objects: readonly ResultMap[], error: GraphQLError): void {
    this.#tell(run, objects, error, (object) => unanswered(this.#selected.of(object), object));
  }

  /**
   * The register was not asked for these objects, because something is missing that it must be told. Where another fetch
   * gives all that is asked of an object, be it later, that is as it should be: its key was not asked for either.
   * @param isMeant which response keys would have been given
   */
  notAsked(
    run: Run,
    objects: readonly ResultMap[],
    error: GraphQLError,
    isMeant: (key: string) => boolean = () => true,
  ): void {
    if (objects.length === 0) return;
    run.afterwards.push(() =>
      this.#tell(run, objects, error, (object) =>
        ungiven(this.#selected.of(object), object).filter(({ key }) => isMeant(key)),
      ),
    );
  }

  #tell(
    run: Run,
    objects: readonly ResultMap[],
    error: GraphQLError,
    keysOf: (object: ResultMap) => SelectedKeys,
  ): void {
    const paths = this.#pathsIn(run);
    for (const object of objects)
      for (const { key } of keysOf(object)) run.errors.add([...paths.of(object), key], error);
  }

  /** The fields beside one that failed: a subgraph nulls them with it, and no error of their own explains them. */
  silence(run: Run, objects: readonly ResultMap[]): void {
    const paths = this.#pathsIn(run);
    for (const object of objects)
      for (const { key } of unanswered(this.#selected.of(object), object))
        run.errors.silence([...paths.of(object), key]);
  }

  #pathsIn({ data }: Run): { of(object: ResultMap): Path } {
    let paths: ReadonlyMap<ResultMap, Path> | undefined;
    return {
      of: (object) => {
        paths ??= pathsAt(data, this.#at);
        // What another fetch has taken the place of meanwhile stands nowhere any more.
        return paths.get(object) ?? this.#at.filter((key) => key !== "@");
      },
    };
  }
}

/** More keys than an operation that the router takes leads through. */
const MAX_KEYS = 256;

/** Where a subgraph says that an error belongs; nowhere, where that is no path of GraphQL's. */
function pathOf(raw: unknown): Path {
  const path = isMap(raw) ? raw["path"] : undefined;
  return Array.isArray(path) && path.length <= MAX_KEYS && path.every(isKey) ? path : [];
}

function isKey(key: unknown): key is string | number {
  return typeof key === "string" || (Number.isSafeInteger(key) && (key as number) >= 0);
}

/** How many keys of an error's path lead to the null that it has bubbled to; all of them where it is at its own place. */
function fallenAt(data: unknown, path: Path): number {
  let value = data;
  for (const [index, key] of path.entries()) {
    value = valueOf(Array.isArray(value) ? value[Number(key)] : isMap(value) && value[key]);
    if (value === null) return index + 1;
    if (typeof value !== "object") break;
  }
  return path.length;
}
