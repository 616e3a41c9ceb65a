import { Kind, type DocumentNode, type OperationDefinitionNode } from "graphql";

/** The operation of this name; null for the document's only one. */
export function operationIn(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      (name === null || definition.name?.value === name),
  );
  if (operation === undefined) throw new Error("the document does not hold the operation");
  return operation;
}
