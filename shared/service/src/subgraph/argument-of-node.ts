import { type ASTNode, BREAK, type DocumentNode, visit } from "graphql";

/** What a message calls the place where a value stands: `Argument "id"`, or `Variable "$x"` when it stands in none. */
export interface ArgumentName {
  name: string;
  label: string;
}

/** The argument that a literal is or is part of. */
export function argumentOfNode(document: DocumentNode, node: ASTNode): ArgumentName {
  const path: string[] = [];
  let found: ArgumentName | undefined;
  visit(document, {
    enter(at) {
      if (at.kind === "Argument" || at.kind === "ObjectField") path.push(at.name.value);
      if (at.kind === "VariableDefinition") path.push(`$${at.variable.name.value}`);
      if (at !== node) return undefined;
      found = nameOf(path);
      return BREAK;
    },
    leave(at) {
      if (at.kind === "Argument" || at.kind === "ObjectField" || at.kind === "VariableDefinition")
        path.pop();
    },
  });
  return found ?? nameOf(["?"]);
}

/** The first argument that a variable is given to, directly or inside a list or input object. */
export function argumentOfVariable(document: DocumentNode, variable: string): ArgumentName {
  const path: string[] = [];
  let found: ArgumentName | undefined;
  visit(document, {
    enter(at) {
      if (at.kind === "VariableDefinition") return false;
      if (at.kind === "Argument" || at.kind === "ObjectField") path.push(at.name.value);
      if (at.kind !== "Variable" || at.name.value !== variable) return undefined;
      found = nameOf(path);
      return BREAK;
    },
    leave(at) {
      if (at.kind === "Argument" || at.kind === "ObjectField") path.pop();
    },
  });
  return found ?? nameOf([`$${variable}`]);
}

function nameOf(path: readonly string[]): ArgumentName {
  const name = path.join(".");
  return { name, label: name.startsWith("$") ? `Variable "${name}"` : `Argument "${name}"` };
}
