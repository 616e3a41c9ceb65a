import { Kind, print, stripIgnoredCharacters, visit, type ASTVisitor } from "graphql";
import type { ArgumentInputs } from "../supergraph/argument-inputs.ts";
import type {
  FetchDataRewrite,
  FetchNode,
  QueryPlan,
  QueryPlanSelectionNode,
  SeparatePlan,
} from "../supergraph/planner.ts";
import type { WholeSubgraph } from "../supergraph/separate-computed.ts";
import { fetchesOf } from "./turns.ts";

/**
 * The plan with the subgraphs that there are in place of the parts of them that it names, with the types that they know,
 * and with the fields that they have in place of those that it has for each with other arguments. What stands for a field
 * is its response key.
 */
export function inSubgraphs({ node, partOf, inputs }: SeparatePlan): QueryPlan["node"] {
  for (const fetch of node === undefined || node.kind === "Subscription" ? [] : fetchesOf(node)) {
    const { subgraph, standIn }: WholeSubgraph = partOf.get(fetch.serviceName) ?? {
      subgraph: fetch.serviceName,
    };
    fetch.serviceName = subgraph;
    if (standIn !== undefined) underName(fetch, standIn);
    if (inputs.size > 0) withArguments(fetch, inputs);
  }
  return node;
}

/** Objects of a type are to the subgraph objects of its interface, and are sent and asked for as such. */
function underName(
  fetch: FetchNode,
  { type, interface: name }: NonNullable<WholeSubgraph["standIn"]>,
): void {
  changeOperation(fetch, {
    NamedType: (node) =>
      node.name.value === type ? { ...node, name: { ...node.name, value: name } } : undefined,
  });
  const path = [`... on ${type}`, "__typename"];
  const rewrite: FetchDataRewrite = { kind: "ValueSetter", path, setValueTo: name };
  fetch.inputRewrites = [...(fetch.inputRewrites ?? []), rewrite];
}

function changeOperation(fetch: FetchNode, visitor: ASTVisitor): void {
  const document = fetch.operationDocumentNode;
  const changed = document && visit(document, visitor);
  if (changed === undefined || changed === document) return;
  fetch.operationDocumentNode = changed;
  fetch.operation = stripIgnoredCharacters(print(changed));
}

function withArguments(fetch: FetchNode, inputs: ArgumentInputs): void {
  changeOperation(fetch, {
    Field(node) {
      const input = inputs.get(node.name.value);
      if (input === undefined) return undefined;
      const alias = node.alias ?? node.name;
      const name = { kind: Kind.NAME, value: input.field } as const;
      return { ...node, alias, name, arguments: input.arguments };
    },
  });
  if (fetch.requires === undefined) return;
  const renamed: FetchDataRewrite[] = [];
  fetch.requires = fetch.requires.map((each) => cutUnder(each, [], { inputs, renamed }));
  if (renamed.length > 0) fetch.inputRewrites = [...(fetch.inputRewrites ?? []), ...renamed];
}

/** What is cut out of the answer under such a key, and sent under the field's name. @param at the keys around it */
function cutUnder(
  node: QueryPlanSelectionNode,
  at: readonly string[],
  renaming: { inputs: ArgumentInputs; renamed: FetchDataRewrite[] },
): QueryPlanSelectionNode {
  const cut = (inner: readonly QueryPlanSelectionNode[], path: readonly string[]) =>
    inner.map((each) => cutUnder(each, path, renaming));
  if (node.kind === "InlineFragment") return { ...node, selections: cut(node.selections, at) };
  const key = node.alias ?? node.name;
  const path = [...at, key];
  // What is within is renamed first, while the way there has its keys.
  const selections = node.selections && cut(node.selections, path);
  const inner = selections === undefined ? {} : { selections };
  const input = renaming.inputs.get(node.name);
  if (input === undefined) return { ...node, ...inner };
  renaming.renamed.push({ kind: "KeyRenamer", path, renameKeyTo: input.field });
  return { ...node, ...inner, alias: key, name: input.field };
}
