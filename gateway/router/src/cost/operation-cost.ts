import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type OperationDefinitionNode,
} from "graphql";
import { actualCost, AnswerShape } from "./actual-cost.ts";
import { argumentCost } from "./argument-cost.ts";
import { typeWeight, type CostModel } from "./cost-model.ts";
import { fieldCosts } from "./field-costs.ts";
import { listLength, type Sized } from "./list-length.ts";
import { isIncluded, selectedFields, type SelectedField } from "./selected-fields.ts";

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
  /** The estimate of an operation that has no variables. */
  #constant: number | undefined;

  /** @param name of the operation; null for the document's only one */
  constructor(document: DocumentNode, name: string | null, model: CostModel) {
    this.#model = model;
    this.#operation = operationIn(document, name);
    this.#fields = selectedFields(document, this.#operation, model.schema);
    this.#shape = new AnswerShape([this.#fields], model);
  }

  /**
   * Before execution: at least what it will cost, as long as lists are no longer than the schema says.
   * @param variables with the operation's defaults, coerced
   * @throws Refusal ADMIT_SLICING_ARGUMENT
   */
  estimated(variables: Readonly<Record<string, unknown>>): number {
    if (this.#constant !== undefined) return this.#constant;
    const root = this.#root();
    const estimate = new Estimate(this.#model, variables);
    const cost = bounded(this.#base() + estimate.fieldsOf(this.#fields, root, undefined));
    if ((this.#operation.variableDefinitions ?? []).length === 0) this.#constant = cost;
    return cost;
  }

  /** After execution: by the same weights, with the objects that were in the answer. */
  actual(data: ExecutionResult["data"], variables: Readonly<Record<string, unknown>>): number {
    if (data === null || data === undefined) return bounded(this.#base());
    return bounded(this.#base() + actualCost(this.#shape, this.#root(), data, variables));
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

function operationIn(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      (name === null || definition.name?.value === name),
  );
  if (operation === undefined) throw new Error("the document does not hold the operation");
  return operation;
}

function bounded(cost: number): number {
  return Math.min(Math.max(cost, 0), Number.MAX_SAFE_INTEGER);
}

/** One estimate: selections are judged once for each type they may stand on. */
class Estimate {
  readonly #model: CostModel;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #known = new Map<readonly SelectedField[], Map<string, number>>();

  constructor(model: CostModel, variables: Readonly<Record<string, unknown>>) {
    this.#model = model;
    this.#variables = variables;
  }

  fieldsOf(
    fields: readonly SelectedField[],
    type: GraphQLObjectType,
    sized: Sized | undefined,
  ): number {
    let cost = 0;
    for (const field of fields) {
      if (field.on?.has(type.name) === false || !isIncluded(field, this.#variables)) continue;
      cost += this.#fieldOf(field, type, sized);
    }
    return cost;
  }

  #fieldOf(field: SelectedField, parent: GraphQLObjectType, sized: Sized | undefined): number {
    const definition: GraphQLField<unknown, unknown> | undefined = parent.getFields()[field.name];
    if (field.name.startsWith("__") || definition === undefined) return 0;
    const { table, listSize } = this.#model;
    const coordinate = `${parent.name}.${field.name}`;
    const { count, inside } = listLength(
      coordinate,
      definition,
      field.arguments,
      this.#variables,
      table,
      sized,
      listSize,
    );
    const one = this.#objectOf(
      field,
      getNamedType(definition.type),
      table.fields.get(coordinate),
      inside,
    );
    const asking = argumentCost(coordinate, definition, field.arguments, this.#variables, table);
    // Nothing makes up for what something else costs; and no list of no length times no bound.
    return Math.max(0, (count === 0 ? 0 : count * one) + asking);
  }

  /** One object that a field gives, with all that is selected of it. @param own the field's own weight, if any */
  #objectOf(
    { fields }: SelectedField,
    type: GraphQLNamedType,
    own: number | undefined,
    sized: Sized | undefined,
  ): number {
    const { schema, table } = this.#model;
    if (!isCompositeType(type)) return own ?? typeWeight(type, table);
    if (!isAbstractType(type))
      return (own ?? typeWeight(type, table)) + this.fieldsOf(fields, type, sized);
    let known = this.#known.get(fields);
    if (known === undefined) this.#known.set(fields, (known = new Map()));
    const place = `${type.name} ${own} ${sized?.length} ${[...(sized?.fields ?? [])].join(",")}`;
    let cost = known.get(place);
    if (cost === undefined) {
      const possible = schema.getPossibleTypes(type);
      cost = Math.max(
        0,
        ...possible.map(
          (each) => (own ?? typeWeight(each, table)) + this.fieldsOf(fields, each, sized),
        ),
      );
      known.set(place, cost);
    }
    return cost;
  }
}
