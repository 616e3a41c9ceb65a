import {
  isAbstractType,
  isObjectType,
  Kind,
  type DirectiveNode,
  type FieldNode,
  type GraphQLNamedType,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { Rule } from "../../supergraph/rule.ts";
import type { FieldRefusal } from "../filtered.ts";
import type { DocumentOperation, FieldGuard, GuardedSchema } from "./field-guards.ts";
import type { Held } from "./held.ts";
import { lackingWays } from "./lacking.ts";
import type { Verdict } from "./take-out.ts";

/** Variables with the operation's defaults, coerced. */
type Values = Readonly<Record<string, unknown>>;

/** A variable that has to have this value. */
interface Condition {
  readonly variable: string;
  readonly value: boolean;
}

/** One selection that was taken out at a path. */
interface Removal {
  readonly coordinate: string;
  /** All the rules around it that are not satisfied. */
  readonly rules: readonly Rule[];
  readonly isSearch: boolean;
  /** What the variables have to be for it to have been in the answer. */
  readonly conditions: readonly Condition[];
}

/** A place of the answer that the caller asked for and does not get, with every selection taken out there. */
export interface RemovedPath {
  /** Response keys from the root. */
  readonly path: readonly string[];
  readonly removals: readonly Removal[];
}

/** What is taken out of an operation and what stays, as far as its errors are concerned. */
export interface Outcome {
  readonly removed: readonly RemovedPath[];
  /** Whether any leaf the caller asked for stays, whatever its conditions say. */
  readonly gives: boolean;
}

/** Where one selection set stands in the walk through an operation, fragments followed. */
interface Position {
  readonly path: readonly string[];
  /** What the variables have to be; undefined where a literal keeps everything here out of the answer. */
  readonly conditions: readonly Condition[] | undefined;
  /** Object types that may be found here. */
  readonly possible: ReadonlySet<string>;
  /** Rules of enclosing fragments' types that are not satisfied. */
  readonly outer: readonly Rule[];
}

/**
 * The paths of everything taken out of an operation, each once, in the order of the document. What is below a refused
 * field is not listed; of a refused fragment every field is. Selections that no object can reach are left out, and so
 * are those that a literal condition excludes.
 */
export function outcomeOf(
  { definition }: DocumentOperation,
  verdict: Verdict,
  schema: GuardedSchema,
): Outcome {
  const root = schema.api.getRootType(definition.operation);
  const walk = new Walk(verdict, schema, root);
  if (root !== undefined && root !== null) walk.root(definition.selectionSet, root);
  return { removed: [...walk.removed.values()], gives: walk.gives };
}

class Walk {
  readonly removed = new Map<string, { path: readonly string[]; removals: Removal[] }>();
  gives = false;
  readonly #verdict: Verdict;
  readonly #schema: GuardedSchema;
  readonly #root: GraphQLNamedType | null | undefined;
  readonly #possible = new Map<GraphQLNamedType, ReadonlySet<string>>();

  constructor(verdict: Verdict, schema: GuardedSchema, root: GraphQLNamedType | null | undefined) {
    this.#verdict = verdict;
    this.#schema = schema;
    this.#root = root;
  }

  root(set: SelectionSetNode, type: GraphQLNamedType): void {
    this.#set(set, { path: [], conditions: [], possible: this.#possibleOf(type), outer: [] });
  }

  #set(set: SelectionSetNode, at: Position): void {
    for (const selection of set.selections) {
      const here = { ...at, conditions: conditionsOf(selection, at.conditions) };
      if (selection.kind === Kind.FIELD) this.#field(selection, here);
      else this.#fragment(selection, here);
    }
  }

  #field(node: FieldNode, at: Position): void {
    const { guards, refused } = this.#verdict;
    const guard = guards.fields.get(node);
    if (guard === undefined) return;
    const path = [...at.path, node.alias?.value ?? node.name.value];
    if (refused.has(node) || at.outer.length > 0) this.#note(path, guard, at);
    else if (node.selectionSet === undefined) this.gives = true;
    else {
      const possible = this.#possibleOf(guard.returned);
      this.#set(node.selectionSet, { path, conditions: at.conditions, possible, outer: [] });
    }
  }

  #fragment(selection: Exclude<SelectionNode, FieldNode>, at: Position): void {
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : this.#verdict.guards.fragments.get(selection.name.value);
    if (fragment === undefined) return;
    const condition = fragment.typeCondition?.name.value;
    const type = condition === undefined ? undefined : this.#schema.api.getType(condition);
    if (type === undefined) {
      this.#set(fragment.selectionSet, at);
      return;
    }
    const meant = this.#possibleOf(type);
    const possible = new Set([...at.possible].filter((name) => meant.has(name)));
    if (possible.size === 0) return;
    const rule = this.#ruleOf(type);
    const outer = rule === undefined ? at.outer : [...at.outer, rule];
    this.#set(fragment.selectionSet, { ...at, possible, outer });
  }

  /** The rule of an object type that is refused; what is selected of the root is refused field by field. */
  #ruleOf(type: GraphQLNamedType): Rule | undefined {
    return isObjectType(type) && type !== this.#root && this.#verdict.hidden.has(type.name)
      ? this.#schema.access.types.get(type.name)
      : undefined;
  }

  #note(path: readonly string[], guard: FieldGuard, { conditions, outer }: Position): void {
    if (conditions === undefined) return;
    const key = JSON.stringify(path);
    let place = this.removed.get(key);
    if (place === undefined) this.removed.set(key, (place = { path, removals: [] }));
    const rules = [...outer, ...guard.rules];
    const { coordinate, isSearch } = guard;
    place.removals.push({ coordinate, rules, isSearch, conditions });
  }

  #possibleOf(type: GraphQLNamedType): ReadonlySet<string> {
    let known = this.#possible.get(type);
    if (known === undefined) {
      const types = isAbstractType(type) ? this.#schema.api.getPossibleTypes(type) : [type];
      this.#possible.set(type, (known = new Set(types.map(({ name }) => name))));
    }
    return known;
  }
}

/**
 * The refusals of one request: what would have been in its answer, with these variables. Where searches are closed a
 * search is refused as one, whatever scopes it lacks beside: none of them would open it.
 */
export function refusalsOf({ removed }: Outcome, held: Held, values: Values): FieldRefusal[] {
  return removed.flatMap(({ path, removals }): FieldRefusal[] => {
    const present = removals.filter(({ conditions }) => hold(conditions, values));
    const [first] = present;
    if (first === undefined) return [];
    const { coordinate } = first;
    if (!held.search && present.some(({ isSearch }) => isSearch))
      return [{ path, coordinate, code: "SEARCH_NOT_GRANTED", needs: [] }];
    const rules = new Set(present.flatMap((removal) => removal.rules));
    const needs = lackingWays(held.scopes, [...rules]);
    return [{ path, coordinate, code: "UNAUTHORIZED_FIELD_OR_TYPE", needs }];
  });
}

/** Whether every request gets the same errors, whatever its variables. */
export function isUnconditional({ removed }: Outcome): boolean {
  return removed.every(({ removals }) =>
    removals.every(({ conditions }) => conditions.length === 0),
  );
}

function hold(conditions: readonly Condition[], values: Values): boolean {
  return conditions.every(({ variable, value }) => (values[variable] === true) === value);
}

/** What the variables have to be for a selection to be in the answer; undefined where a literal keeps it out. */
function conditionsOf(
  { directives = [] }: SelectionNode,
  around: readonly Condition[] | undefined,
): readonly Condition[] | undefined {
  let conditions = around;
  for (const directive of directives) {
    const wanted = wantedBy(directive);
    if (wanted === undefined || conditions === undefined) continue;
    const value = directive.arguments?.find(({ name }) => name.value === "if")?.value;
    if (value?.kind === Kind.VARIABLE)
      conditions = [...conditions, { variable: value.name.value, value: wanted }];
    else if (value?.kind === Kind.BOOLEAN && value.value !== wanted) conditions = undefined;
  }
  return conditions;
}

function wantedBy({ name }: DirectiveNode): boolean | undefined {
  return name.value === "include" ? true : name.value === "skip" ? false : undefined;
}
