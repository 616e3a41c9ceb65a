import {
  type BinaryOperationNode,
  OperatorNode,
  PostgresDialect,
  PostgresQueryCompiler,
  PrimitiveValueListNode,
} from "kysely";

/**
 * PostgreSQL with lists of values as one parameter: `in` becomes `= any($1)`, so that a statement has the same text for
 * however many keys and the database plans it once. A list of one is `= $1`, which reads an index with less ado.
 */
export class ListsAsParameters extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new Compiler();
  }
}

class Compiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node;
    const isIn = OperatorNode.is(operator) && operator.operator === "in";
    const isNotIn = OperatorNode.is(operator) && operator.operator === "not in";
    if ((!isIn && !isNotIn) || !PrimitiveValueListNode.is(rightOperand)) {
      super.visitBinaryOperation(node);
      return;
    }
    const { values } = rightOperand;
    this.visitNode(leftOperand);
    this.append(isIn ? " = " : " <> ");
    if (values.length === 1) {
      this.appendValue(values[0]);
      return;
    }
    this.append(isIn ? "any(" : "all(");
    this.appendValue(values);
    this.append(")");
  }
}
