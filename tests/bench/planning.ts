import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operationFromDocument, Supergraph as Subgraphs } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { Refusal } from "@truc/contracts";
import { buildSchema } from "graphql";
import type { Budget } from "../../gateway/router/src/admit.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import { planFor } from "../../gateway/router/src/plan.ts";
import { underConditions } from "../../gateway/router/src/plan/conditions.ts";
import { turnsOf } from "../../gateway/router/src/plan/turns.ts";
import type { PlanNode } from "../../gateway/router/src/supergraph/planner.ts";
import type { Operation } from "../../gateway/router/src/read.ts";
import { loadSupergraph, type Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { ROOT } from "../../infra/src/federation.ts";
import { readOperation } from "../harness/loaded-supergraph.ts";
import { composeSupergraph } from "../harness/test-router.ts";
import { randomSplit } from "../properties/differential/random-split.ts";
import { seededRequest } from "../properties/differential/seeded-request.ts";
import { monolithSchema, subgraphSchema } from "../properties/differential/split-schemas.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { readOperations } from "./gateways/peers.ts";

const SEED = 900_000_001;
/** Whoever else asks something waits for that long: planning has the router's only thread. */
const LONG_MS = 250;
/** The planner by itself has no such limit, and takes gigabytes for some of these operations without. */
const LIMITS = { pathsLimit: 1_000 };

/** Plans an operation that has not been planned before. @throws where it has no plan */
type Plan = (operation: Operation) => PlanNode | undefined;

/**
 * What it takes to plan an operation that nobody has asked before: random ones over random splits, by the router, which
 * looks for another plan where the first is wrong, and by the planner alone as it compares plans by itself; and those of the
 * comparison over the registers of this platform.
 */
export async function run({ quick }: BenchOptions): Promise<BenchRow[]> {
  const [splits, each] = quick ? [4, 50] : [30, 150];
  const router = new Planned("the router");
  const alone = new Planned("the planner alone");
  for (let index = 0; index < splits; index += 1) {
    const split = randomSplit(SEED + index);
    const api = buildSchema(monolithSchema(split));
    const sdl = composeSupergraph(
      Array.from({ length: split.subgraphs }, (_, at) => {
        return { name: `g${at}`, url: "http://127.0.0.1:9/", schema: subgraphSchema(split, at) };
      }),
    );
    const ways = [router.over(byRouter(sdl)), alone.over(byPlannerAlone(sdl))];
    for (let left = each, at = 0; left > 0; at += 1) {
      const request = seededRequest(api, split.seed * 1_000_000 + at);
      if (request === undefined || request.operationName !== undefined) continue;
      left -= 1;
      const operation = readOperation({ api } as Supergraph, request.query, request.variables);
      for (const plan of ways) plan(operation);
    }
  }
  return [...router.rows(), ...alone.rows(), ...(await ownRows(quick))];
}

/** What planning came to in one way. */
class Planned {
  readonly #who: string;
  readonly #ms: number[] = [];
  #fetches = 0;
  #refused = 0;

  constructor(who: string) {
    this.#who = who;
  }

  over(plan: Plan): (operation: Operation) => void {
    return (operation) => {
      const began = performance.now();
      try {
        const root = plan(operation);
        this.#fetches += root === undefined ? 0 : turnsOf(root).length;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#refused += 1;
      }
      this.#ms.push(performance.now() - began);
    };
  }

  rows(): BenchRow[] {
    const long = this.#ms.filter((each) => each > LONG_MS).length;
    const sum = this.#ms.reduce((all, each) => all + each, 0);
    const of = `random operations, ${this.#who}`;
    return [
      rowOf(`${of}: each`, "ms", this.#ms),
      rowOf(`${of}: all`, "ms", [sum]),
      rowOf(`${of}: over ${LONG_MS} ms`, "operations", [long]),
      rowOf(`${of}: fetches`, "", [this.#fetches]),
      rowOf(`${of}: refused`, "operations", [this.#refused]),
    ];
  }
}

function byRouter(sdl: string): Plan {
  const supergraph = loadSupergraph(sdl);
  const held = { scopes: scopesIn(sdl), search: true };
  const rights = { scopes: held.scopes, limits: { search: true } };
  return (asked) => {
    const operation: Operation = { ...asked, supergraph };
    const filtered = filteredFor(operation, held);
    return planFor({ permit: { operation, filtered, rights } } as unknown as Budget).root;
  };
}

function byPlannerAlone(sdl: string): Plan {
  const supergraph = Subgraphs.build(sdl);
  const schema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph, { debug: LIMITS });
  return ({ document, values }) => {
    const given = underConditions(document, values);
    const operation = operationFromDocument(schema, given, { validate: false });
    try {
      return planner.buildQueryPlan(operation).node as PlanNode | undefined;
    } catch (error) {
      throw new Refusal("PLAN_FAILED", { cause: error });
    }
  };
}

function scopesIn(sdl: string): ReadonlySet<string> {
  return new Set([...sdl.matchAll(/"([a-z]+:[a-z]+)"/g)].map((match) => match[1]!));
}

/** The comparison's operations over the platform's registers, as often as there are rounds; the first warm up. */
async function ownRows(quick: boolean): Promise<BenchRow[]> {
  const sdl = readFileSync(join(ROOT, "infra/supergraph.graphql"), "utf8");
  const { api } = loadSupergraph(sdl);
  const plan = byRouter(sdl);
  const rounds = quick ? 5 : 25;
  return Object.entries(await readOperations()).map(([name, { query }]) => {
    const ms: number[] = [];
    for (let round = -5; round < rounds; round += 1) {
      const operation = readOperation({ api } as Supergraph, query);
      const began = performance.now();
      plan(operation);
      if (round >= 0) ms.push(performance.now() - began);
    }
    return rowOf(`${name} over the four registers`, "ms", ms);
  });
}
