import { catalogueError } from "@truc/contracts";
import { GraphQLError } from "graphql";
import { valueOf } from "../splice/piece.ts";
import type { FetchNode } from "../supergraph/planner.ts";
import { AnswerErrors } from "./answer-errors.ts";
import { AskedFetch, tooLarge, type FetchOutcome } from "./asked-fetch.ts";
import { EarlyFetch } from "./early-fetch.ts";
import { EarlyKey } from "./early-key.ts";
import { publicError } from "./field-errors.ts";
import { isMap, type ResultMap } from "./merge.ts";
import { objectsAt, type Path } from "./places.ts";
import type { Compiling } from "./plan-steps.ts";
import { INCOMPLETE, OTHER_TYPE, RepresentationTexts } from "./representation-texts.ts";
import { assumedType } from "./rewrites.ts";
import type { Run } from "./run.ts";
import { withoutInputs } from "./without-inputs.ts";
import { selectedBy, unanswered, type Selected } from "./selected-keys.ts";

/** How many entities one fetch asks for. */
const MAX_ENTITIES = 20_000;

/** What of an answer so far a fetch is made for. */
interface Asked {
  /** The objects that are entities of its types. */
  readonly objects: ResultMap[];
  /** Their representations, JSON with commas between them. */
  texts: string;
  /** Those of which something is missing that it needs to know. */
  readonly incomplete: ResultMap[];
}

/** A fetch that asks for entities by representations, compiled. */
export class EntityFetch {
  readonly #fetch: AskedFetch;
  readonly #at: Path;
  readonly #compiling: Compiling;
  readonly #representations: RepresentationTexts;
  readonly #selected: Selected;
  readonly #errors: AnswerErrors;
  readonly #early: EarlyKey | undefined;
  /** The same without what is computed of other registers' fields; null where there is no such part. */
  #withoutInputs: EntityFetch | null | undefined;
  /** The type's name that the subgraph is given, and repeats, instead of the objects' own. */
  readonly #assumed: string | undefined;

  constructor(node: FetchNode, at: Path, compiling: Compiling) {
    const { supergraph, given } = compiling;
    const { schema } = supergraph.planner;
    this.#fetch = new AskedFetch(node, at, compiling);
    this.#at = at;
    this.#compiling = compiling;
    this.#representations = new RepresentationTexts(node.requires!, node.inputRewrites, schema);
    this.#selected = selectedBy(node, at, given, schema);
    this.#errors = new AnswerErrors(node, at, this.#selected);
    this.#assumed = assumedType(node.inputRewrites);
    // Farther from what the caller has looked up it may matter what the look-up says.
    const isNear = at.length === 1 && this.#fetch.distance === 0;
    this.#early = isNear ? EarlyKey.of(String(at[0]), this.#representations, compiling) : undefined;
  }

  /** Whether it may be begun before it is known whether it is needed. */
  get mayBeEarly(): boolean {
    return this.#early !== undefined;
  }

  /** Begins it, if the caller may have it begun before it is known whether it is needed. */
  begin(run: Run): void {
    const begun = this.#early && EarlyFetch.begin(run, this.#early, this.#fetch);
    if (begun !== undefined) run.early.set(this, begun);
  }

  /** Puts on record what it has brought before it turned out that it was not needed. */
  async discard(run: Run): Promise<void> {
    const read = await run.early.get(this)?.discarded();
    if (read !== undefined) run.discarded.push(read);
  }

  async run(run: Run): Promise<void> {
    const asked = this.#asked(objectsAt(run.data, this.#at));
    if (asked.incomplete.length === 0) await this.#ask(run, asked);
    else await Promise.all([this.#ask(run, asked), this.#runWithout(run, asked.incomplete)]);
  }

  /** Another register failed to give what this one needs to know; what can be given without it is. */
  async #runWithout(run: Run, incomplete: readonly ResultMap[]): Promise<void> {
    if (this.#withoutInputs === undefined) {
      const node = withoutInputs(this.#fetch.node, this.#compiling.supergraph);
      this.#withoutInputs =
        node === undefined ? null : new EntityFetch(node, this.#at, this.#compiling);
    }
    const other = this.#withoutInputs;
    const given = new Set((other === null ? [] : other.#selected.keys).map(({ key }) => key));
    const error = missingInput(this.#register);
    this.#errors.notAsked(run, incomplete, error, (key) => !given.has(key));
    if (other === null) return;
    const asked = other.#asked(incomplete);
    other.#errors.notAsked(run, asked.incomplete, error);
    await other.#ask(run, asked);
  }

  async #ask(run: Run, { objects, texts }: Asked): Promise<void> {
    if (objects.length === 0) return;
    const begun = run.early.get(this);
    if (begun?.text === texts) {
      run.early.delete(this);
      this.#take(run, objects, await begun.outcome());
    } else if (objects.length > MAX_ENTITIES) {
      this.#errors.everywhere(run, objects, tooLarge(this.#register));
    } else {
      const representations = { text: `[${texts}]`, count: objects.length };
      this.#take(run, objects, await this.#fetch.ask(run, representations));
    }
  }

  get #register(): string {
    return this.#fetch.node.serviceName;
  }

  #asked(objects: Iterable<ResultMap>): Asked {
    const asked: Asked = { objects: [], texts: "", incomplete: [] };
    for (const object of objects) {
      const text = this.#representations.of(object);
      if (text === INCOMPLETE) asked.incomplete.push(object);
      else if (text !== OTHER_TYPE) {
        asked.texts += asked.objects.length === 0 ? text : `,${text}`;
        asked.objects.push(object);
      }
    }
    return asked;
  }

  #take(run: Run, objects: readonly ResultMap[], outcome: FetchOutcome): void {
    if (outcome instanceof GraphQLError) {
      this.#errors.everywhere(run, objects, outcome);
      return;
    }
    const { data, errors } = outcome;
    if (errors !== undefined) this.#errors.place(run, objects, outcome, true);
    if (!isMap(data)) {
      if (errors !== undefined) this.#errors.silence(run, objects);
      return;
    }
    const entities = data["_entities"];
    if (!Array.isArray(entities) || entities.length !== objects.length)
      this.#errors.everywhere(run, objects, publicError({}, this.#register));
    else this.#place(run, objects, entities, errors !== undefined && errors.length > 0);
  }

  /** @param failed whether the answer came with errors */
  #place(
    run: Run,
    objects: readonly ResultMap[],
    entities: readonly unknown[],
    failed: boolean,
  ): void {
    const { outputRewrites } = this.#fetch.node;
    const missing: ResultMap[] = [];
    for (let index = 0; index < objects.length; index++) {
      const object = objects[index]!;
      const entity = valueOf(entities[index]);
      if (isMap(entity)) {
        if (entity["__typename"] === this.#assumed) keepType(object, entity);
        this.#compiling.take(object, entity, this.#selected.keys, outputRewrites);
      } else if (failed) missing.push(object);
      else if (entity === null) this.#leaveOut(run, object);
    }
    if (missing.length > 0) this.#errors.silence(run, missing);
  }

  /** What a subgraph that has not got an entity would have told of it. */
  #leaveOut({ notHad }: Run, object: ResultMap): void {
    let keys = notHad.get(object);
    if (keys === undefined) notHad.set(object, (keys = new Set()));
    for (const { key } of unanswered(this.#selected.of(object), object)) keys.add(key);
  }
}

function keepType(object: ResultMap, entity: ResultMap): void {
  const { __typename: known } = object;
  if (known !== undefined && entity["__typename"] !== undefined) entity["__typename"] = known;
}

function missingInput(register: string): GraphQLError {
  return catalogueError("REGISTER_UNAVAILABLE", {
    sentence: `The register ${JSON.stringify(register)} could not be asked, because another register did not give what it needs to know.`,
    extensions: { register, retry: true },
  });
}
