import { GraphQLList, isObjectType, type FieldNode } from "graphql";
import { emptyMap, type ResultMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";
import type { AnswerReader } from "../execute/subgraph/subgraph-fetch.ts";
import { conditionVariables } from "../plan/conditions.ts";
import { keysOf } from "../plan/turns.ts";
import type { Plan } from "../plan.ts";
import type { FetchNode, PlanNode } from "../supergraph/planner.ts";
import {
  askedPlan,
  placeOf,
  scannedPlan,
  type AskedPlan,
  type ScannedPlan,
} from "./asked-place.ts";
import { ClosedCode } from "./closed-code.ts";
import { OpenCode } from "./open-code.ts";
import { PlanKeys, selectedBy } from "./plan-keys.ts";
import { scanner, type Scan } from "./scanner-code.ts";
import { Scanning } from "./scanning.ts";

/** A reader with what it was made for: plans are shared by requests that asked, or were refused, different things. */
interface Known {
  readonly asked: Plan["filtered"]["asked"];
  readonly refused: ReadonlySet<FieldNode>;
  readonly conditions: string;
  readonly reader: AnswerReader;
}

/** Readers remembered for one fetch. */
const MAX_READERS = 20;

const readers = new WeakMap<FetchNode, Known[]>();
const planKeys = new WeakMap<PlanNode, PlanKeys>();
const variables = new WeakMap<Plan["filtered"]["asked"], readonly string[]>();

/**
 * What reads the answers to a fetch without parsing them: undefined means that a text is not as expected, and is to be
 * parsed. Fetches are shared by plans of different requests: a reader is for those alone that asked the same, were refused the same,
 * and whose conditions come out the same, so it is asked for with each request. The first answer is parsed: many an operation
 * comes once, and would not be worth the compiling.
 * @param at the plan's path to the fetch
 */
export function answerReader(fetch: FetchNode, at: Path, plan: Plan): AnswerReader {
  const { asked, refused } = plan.filtered;
  const conditions = conditionsOf(plan);
  let known = readers.get(fetch);
  if (known === undefined) readers.set(fetch, (known = []));
  const found = known.find(
    (each) => each.asked === asked && each.refused === refused && each.conditions === conditions,
  );
  if (found !== undefined) return found.reader;
  const reader = readerOf(fetch, at, plan);
  if (known.length === MAX_READERS) known.shift();
  known.push({ asked, refused, conditions, reader });
  return reader;
}

function conditionsOf({ filtered, operation }: Plan): string {
  let names = variables.get(filtered.asked);
  if (names === undefined)
    variables.set(filtered.asked, (names = conditionVariables(filtered.asked) ?? []));
  return names.length === 0
    ? ""
    : names.map((name) => String(operation.values[name] === true)).join(" ");
}

/** What an answer begins with. */
const ENTITIES = '{"data":{"_entities":';
const DATA = '{"data":';
const ITEM = /,"extensions":\{"item":(0|[1-9]\d{0,5})\}\}/y;

function readerOf(fetch: FetchNode, at: Path, plan: Plan): AnswerReader {
  let scan: Scan | null | undefined;
  let isKnown = false;
  // Of the request nothing is kept.
  let scanned: ScannedPlan | undefined = scannedPlan(plan);
  const isOfEntities = fetch.requires !== undefined;
  const head = isOfEntities ? ENTITIES : DATA;
  return (octets) => {
    if (!octets.startsWith(head)) return undefined;
    if (!isKnown) {
      isKnown = true;
      return undefined;
    }
    try {
      if (scan === undefined) {
        const made = scanned;
        scanned = undefined;
        scan = null;
        if (made !== undefined) scan = compile(fetch, at, made) ?? null;
      }
      const found = scan?.(octets, head.length);
      if (found === undefined || found.value === null) return undefined;
      const rest = restOf(octets, isOfEntities ? found.end + 1 : found.end);
      if (rest === undefined) return undefined;
      if (!isOfEntities) return { data: found.value as ResultMap, ...rest };
      if (octets.charAt(found.end) !== "}") return undefined;
      const data = emptyMap();
      data["_entities"] = found.value;
      return { data, ...rest };
    } catch (error) {
      // No JSON, or nested deeper than there is room for: whoever parses it says so.
      if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
      throw error;
    }
  };
}

/** What follows the data: the end, or the place in a batch as well. */
function restOf(text: string, at: number): { item?: number } | undefined {
  if (text.charAt(at) === "}") return at + 1 === text.length ? {} : undefined;
  ITEM.lastIndex = at;
  const item = ITEM.exec(text);
  return item !== null && ITEM.lastIndex === text.length ? { item: Number(item[1]) } : undefined;
}

/** Undefined for what is not scanned: interfaces and unions at the fetch's own place, and what is renamed afterwards. */
function compile(fetch: FetchNode, at: Path, plan: ScannedPlan): Scan | undefined {
  const selected = selectedBy(fetch);
  const asked = askedPlan(plan);
  if (selected === undefined || asked === undefined || plan.root === undefined) return undefined;
  if ((fetch.outputRewrites ?? []).length > 0) return undefined;
  if (conditionVariables(selected.document) !== undefined) return undefined;
  const { schema } = plan.supergraph.planner;
  const type = typeOf(fetch, plan);
  if (type === undefined) return undefined;
  const fetched = { schema, fragments: selected.fragments, conditions: new Map() };
  const keys = keysOf(at);
  const scanning = new Scanning(fetched, asked.asking);
  const place = placeFor(asked, keys, type.name);
  if (place === undefined) return undefined;
  return scanner((book) => {
    const closed = new ClosedCode(book);
    const { asking } = asked;
    const known = planKeysOf(plan.root!);
    const open = new OpenCode({ book, closed, scanning, fetched, asking, planKeys: known });
    const there = { keys, sets: [selected.set], asked: place };
    return fetch.requires === undefined
      ? open.object(type, there)
      : open.value(new GraphQLList(type), there);
  });
}

function placeFor(asked: AskedPlan, keys: readonly string[], type: string) {
  const place = placeOf(asked, keys);
  return place?.type.name === type ? place : undefined;
}

/** The one type whose objects a fetch asks for. */
function typeOf({ requires, operationKind }: FetchNode, { supergraph }: ScannedPlan) {
  const { schema } = supergraph.planner;
  if (requires === undefined) return schema.getRootType(operationKind) ?? undefined;
  const names = new Set(
    requires.map((each) => (each.kind === "InlineFragment" ? each.typeCondition : undefined)),
  );
  const [name] = names;
  const type = name === undefined || names.size > 1 ? undefined : schema.getType(name);
  return isObjectType(type) ? type : undefined;
}

function planKeysOf(root: PlanNode): PlanKeys {
  let known = planKeys.get(root);
  if (known === undefined) planKeys.set(root, (known = new PlanKeys(root)));
  return known;
}
