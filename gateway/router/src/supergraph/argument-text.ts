import type { ConstDirectiveNode } from "graphql";

/** A directive's argument as text: a string, a name of an enum, a number or a boolean; undefined where it has none. */
export function argumentText(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value === undefined) return undefined;
  return "value" in value ? String(value.value) : undefined;
}
