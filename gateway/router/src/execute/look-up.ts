import { GraphQLError } from "graphql";
import type { FetchNode } from "../supergraph/planner.ts";
import { AnswerErrors } from "./answer-errors.ts";
import { AskedFetch } from "./asked-fetch.ts";
import { adopt, isMap, type ResultMap } from "./merge.ts";
import { objectsAt, type Path } from "./places.ts";
import type { Compiling } from "./plan-steps.ts";
import type { Run } from "./run.ts";
import { selectedBy, type Selected } from "./selected-keys.ts";

/** A fetch of root fields, compiled. */
export class LookUp {
  readonly #fetch: AskedFetch;
  readonly #at: Path;
  readonly #compiling: Compiling;
  readonly #selected: Selected;
  readonly #errors: AnswerErrors;

  constructor(node: FetchNode, at: Path, compiling: Compiling) {
    const { supergraph, given } = compiling;
    this.#fetch = new AskedFetch(node, at, compiling);
    this.#at = at;
    this.#compiling = compiling;
    this.#selected = selectedBy(node, at, given, supergraph.planner.schema);
    this.#errors = new AnswerErrors(node, at, this.#selected);
  }

  async run(run: Run): Promise<void> {
    const objects = objectsAt(run.data, this.#at);
    if (objects.length === 0) return;
    const outcome = await this.#fetch.ask(run);
    if (outcome instanceof GraphQLError) {
      this.#errors.everywhere(run, objects, outcome);
      return;
    }
    const { data, errors } = outcome;
    if (errors !== undefined) this.#errors.place(run, objects, outcome, false);
    if (isMap(data)) this.#place(objects, data);
    else if (errors !== undefined) this.#errors.silence(run, objects);
  }

  #place(objects: readonly ResultMap[], data: ResultMap): void {
    const { outputRewrites } = this.#fetch.node;
    for (const [index, object] of objects.entries()) {
      // The answer's objects become part of the first one's; the others get copies.
      const own = index === 0 ? data : (adopt(data) as ResultMap);
      this.#compiling.take(object, own, this.#selected.keys, outputRewrites);
    }
  }
}
