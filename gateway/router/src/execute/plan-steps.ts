import { isInterfaceType, type GraphQLSchema } from "graphql";
import type { AskedSubjects } from "../plan/ask-subjects.ts";
import type { Plan } from "../plan.ts";
import { fetchesOf } from "../plan/turns.ts";
import type { FetchDataRewrite, FetchNode, PlanNode } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { EntityFetch } from "./entity-fetch.ts";
import { LookUp } from "./look-up.ts";
import { adopt, mergeAll, mergeSelected, type ResultMap, type StandIns } from "./merge.ts";
import { hasHostileNames } from "./hostile-names.ts";
import type { Path } from "./places.ts";
import { applyRewrites } from "./rewrites.ts";
import type { Step } from "./run.ts";
import { GivenPlace, type SelectedKeys } from "./selected-keys.ts";
import type { AnswerReader } from "./subgraph-clients.ts";

/** The plan that is compiled. */
export interface PlannedFetches {
  readonly root: PlanNode;
  /** The document that was planned. */
  readonly asked: AskedSubjects;
  readonly name: string | null;
  readonly supergraph: Supergraph;
  /** What reads the answers of a fetch otherwise than JSON.parse, for one request's plan. */
  readonly readerOf?: ReaderOf | undefined;
}

/** @param at the plan's path to what the fetch gives */
export type ReaderOf = (fetch: FetchNode, at: Path, plan: Plan) => AnswerReader | undefined;

/** What the steps of one plan are compiled with. */
export interface Compiling extends PlannedFetches {
  /** What the fetches of the plan give, counted while they are compiled. */
  readonly given: GivenPlace;
  /** Adds an object that was answered to one that is known. The answer's objects become part of what is known. */
  readonly take: Take;
  /** Its fetches of root fields, where their arguments may say which entities will be asked for. */
  readonly lookUps: readonly FetchNode[];
  /** Takes the fetches that may be begun before it is known whether they are needed. */
  readonly early: EntityFetch[];
}

type Take = (
  known: ResultMap,
  answered: ResultMap,
  keys: SelectedKeys,
  rewrites: readonly FetchDataRewrite[] | undefined,
) => void;

/** Compiles a plan: whatever is the same for every request of it is worked out here, once. */
export function compileSteps(planned: PlannedFetches): Step {
  const fetches = fetchesOf(planned.root);
  const early: EntityFetch[] = [];
  const standIns = interfacesOf(planned.supergraph.planner.schema);
  const step = stepOf(planned.root, [], {
    ...planned,
    ...(needsCare(planned.asked, fetches)
      ? carefully(planned, fetches, standIns)
      : {
          take: (known, answered, keys) => mergeSelected(known, answered, keys, standIns),
          given: new GivenPlace(),
          lookUps: fetches.filter(({ requires }) => requires === undefined),
        }),
    early,
  });
  if (early.length === 0) return step;
  return async (run) => {
    const underWay = step(run);
    try {
      // Nothing is answered yet, but what the plan asks first is on its way first.
      for (const fetch of early) fetch.begin(run);
      await underWay;
    } finally {
      // What was not wanted was read all the same: nobody is answered before it is known what that was.
      for (const fetch of early) await fetch.discard(run);
    }
  };
}

/**
 * Whether answers are copied into objects without a prototype, key by key, whatever they hold: where a key that is
 * asked for is one that every object seems to have, or keys are changed before they are merged. What nobody asked for
 * is never read or written otherwise, so answers are taken as they are.
 */
function needsCare({ document }: AskedSubjects, fetches: readonly FetchNode[]): boolean {
  return (
    hasHostileNames(document) ||
    fetches.some(
      ({ outputRewrites = [], operationDocumentNode: own }) =>
        outputRewrites.length > 0 || own === undefined || hasHostileNames(own),
    )
  );
}

function carefully(
  { supergraph, readerOf }: PlannedFetches,
  fetches: readonly FetchNode[],
  standIns: StandIns,
): Pick<Compiling, "take" | "given" | "lookUps" | "readerOf"> {
  const { schema } = supergraph.planner;
  const take: Take = (known, answered, _keys, rewrites) => {
    const adopted = adopt(answered) as ResultMap;
    // The type is known here already; rewrites are judged by it.
    if (known["__typename"] !== undefined) adopted["__typename"] ??= known["__typename"];
    applyRewrites(schema, rewrites, adopted);
    mergeAll(known, adopted, standIns);
  };
  // Under keys that are changed, nobody knows which fetch alone gives what.
  const changes = fetches.some(({ outputRewrites = [] }) => outputRewrites.length > 0);
  return {
    take,
    given: new GivenPlace(1),
    lookUps: [],
    readerOf: changes ? undefined : readerOf,
  };
}

const interfaces = new WeakMap<GraphQLSchema, StandIns>();

function interfacesOf(schema: GraphQLSchema): StandIns {
  let names = interfaces.get(schema);
  if (names === undefined) {
    const types = Object.values(schema.getTypeMap()).filter(isInterfaceType);
    interfaces.set(schema, (names = new Set(types.map(({ name }) => name))));
  }
  return names;
}

/** @param at the plan's path to where the node's own begins */
function stepOf(node: PlanNode, at: Path, compiling: Compiling): Step {
  switch (node.kind) {
    case "Sequence": {
      const steps = node.nodes.map((child) => stepOf(child, at, compiling));
      return async (run) => {
        for (const step of steps) await step(run);
      };
    }
    case "Parallel": {
      const steps = node.nodes.map((child) => stepOf(child, at, compiling));
      return async (run) => {
        const underWay: Promise<void>[] = [];
        for (const step of steps) underWay.push(step(run));
        await Promise.all(underWay);
      };
    }
    case "Flatten":
      return stepOf(node.node, [...at, ...node.path], compiling);
    case "Condition": {
      const met = node.ifClause && stepOf(node.ifClause, at, compiling);
      const unmet = node.elseClause && stepOf(node.elseClause, at, compiling);
      return async (run) => {
        await (run.plan.operation.values[node.condition] === true ? met : unmet)?.(run);
      };
    }
    case "Fetch": {
      if (node.requires === undefined) {
        const lookUp = new LookUp(node, at, compiling);
        return lookUp.run.bind(lookUp);
      }
      const fetch = new EntityFetch(node, at, compiling);
      if (fetch.mayBeEarly) compiling.early.push(fetch);
      return fetch.run.bind(fetch);
    }
    case "Defer":
      throw new Error("the planner was not asked to defer anything");
  }
}
