import {
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLObjectType,
  type OperationDefinitionNode,
} from "graphql";
import { WrittenData } from "../shape/written-data.ts";
import { actualCost, AnswerShape } from "./actual-cost.ts";
import type { CostModel } from "./cost-model.ts";
import { estimateOf } from "./estimate.ts";
import { Estimates } from "./estimates.ts";
import { fieldCosts } from "./field-costs.ts";
import { operationIn } from "../operation-in.ts";
import { selectedFields, type SelectedField } from "./selected-fields.ts";

/** A change costs more than a question, whatever it selects. */
const MUTATION_WEIGHT = 10;

/**
 * What one operation costs, by Federation 2.9's static model (after IBM's GraphQL Cost Directives): an object weighs 1,
 * a scalar or enum value nothing, `@cost` says otherwise, lists multiply by their expected length, introspection is
 * free. Of the types an object may have, the dearest counts. Costs are whole numbers from 0 to 2^53 - 1.
 */
export class OperationCost {
  readonly #model: CostModel;
  readonly #operation: OperationDefinitionNode;
  readonly #fields: readonly SelectedField[];
  readonly #shape: AnswerShape;
  readonly #estimates: Estimates;

  /** @param name of the operation; null for the document's only one */
  constructor(document: DocumentNode, name: string | null, model: CostModel) {
    this.#model = model;
    this.#operation = operationIn(document, name);
    this.#fields = selectedFields(document, this.#operation, model.schema);
    this.#shape = new AnswerShape([this.#fields], model);
    this.#estimates = new Estimates((variables) =>
      bounded(this.#base() + estimateOf(this.#fields, this.#root(), variables, model)),
    );
  }

  /**
   * Before execution: at least what it will cost, as long as lists are no longer than the schema says.
   * @param variables with the operation's defaults, coerced
   * @throws Refusal ADMIT_SLICING_ARGUMENT
   */
  estimated(variables: Readonly<Record<string, unknown>>): number {
    return this.#estimates.with(variables);
  }

  /** What is selected, for who counts the cost of an answer's values while putting it together. */
  get shape(): AnswerShape {
    return this.#shape;
  }

  /**
   * After execution: by the same weights, with the objects that were in the answer.
   * @param data its values, or their text with what they were found to cost while it was written
   */
  actual(
    data: ExecutionResult["data"] | WrittenData,
    variables: Readonly<Record<string, unknown>>,
  ): number {
    if (data === null || data === undefined) return bounded(this.#base());
    const values = data instanceof WrittenData ? data.cost : undefined;
    if (values !== undefined) return bounded(this.#base() + values);
    const read = (data instanceof WrittenData ? data.toJSON() : data) as Record<string, unknown>;
    return bounded(this.#base() + actualCost(this.#shape, this.#root(), read, variables));
  }

  /** What each field adds to the estimate; see field-costs.ts. @throws Refusal ADMIT_SLICING_ARGUMENT */
  byField(variables: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
    return fieldCosts(this.#fields, this.#root(), variables, this.#model);
  }

  #base(): number {
    return this.#operation.operation === OperationTypeNode.MUTATION ? MUTATION_WEIGHT : 0;
  }

  #root(): GraphQLObjectType {
    const root = this.#model.schema.getRootType(this.#operation.operation);
    if (root === undefined || root === null) throw new Error("the operation fits no schema");
    return root;
  }
}

function bounded(cost: number): number {
  return Math.min(Math.max(cost, 0), Number.MAX_SAFE_INTEGER);
}
