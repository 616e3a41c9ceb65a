import type { DocumentNode, FieldNode } from "graphql";
import type { CostModel } from "./cost-model.ts";
import { Estimates } from "./estimates.ts";
import { operationIn } from "../operation-in.ts";
import { selectedFields } from "./selected-fields.ts";
import { valuesOf } from "./values.ts";

/** How many values one operation may bring; see values.ts. */
export class OperationValues {
  readonly #estimates: Estimates;

  /**
   * @param document what the answer is shaped by
   * @param name of the operation; null for the document's only one
   * @param refused its selections that come back as null
   */
  constructor(
    document: DocumentNode,
    name: string | null,
    model: CostModel,
    refused: ReadonlySet<FieldNode>,
  ) {
    const operation = operationIn(document, name);
    const fields = selectedFields(document, operation, model.schema, refused);
    const root = model.schema.getRootType(operation.operation);
    if (root === undefined || root === null) throw new Error("the operation fits no schema");
    this.#estimates = new Estimates(
      (variables) => valuesOf(fields, root, variables, model),
      // Of lists the length alone matters, and what is in them is nothing to remember.
      (value) => (Array.isArray(value) ? value.length : value),
    );
  }

  /**
   * @param variables with the operation's defaults, coerced
   * @throws Refusal ADMIT_SLICING_ARGUMENT
   */
  estimated(variables: Readonly<Record<string, unknown>>): number {
    return this.#estimates.with(variables);
  }
}
