import { Kind, print, stripIgnoredCharacters, visit } from "graphql";
import type { ArgumentInputs } from "../supergraph/argument-inputs.ts";
import type {
  FetchDataRewrite,
  FetchNode,
  QueryPlan,
  QueryPlanSelectionNode,
  SeparatePlan,
} from "../supergraph/planner.ts";
import { fetchesOf } from "./turns.ts";

/**
 * The plan with the subgraphs that there are in place of the parts of them that it names, and with the fields that they
 * have in place of those that it has for each with other arguments. What stands for a field is its response key.
 */
export function inSubgraphs({ node, partOf, inputs }: SeparatePlan): QueryPlan["node"] {
  for (const fetch of node === undefined || node.kind === "Subscription" ? [] : fetchesOf(node)) {
    fetch.serviceName = partOf.get(fetch.serviceName) ?? fetch.serviceName;
    if (inputs.size > 0) withArguments(fetch, inputs);
  }
  return node;
}

function withArguments(fetch: FetchNode, inputs: ArgumentInputs): void {
  const document = fetch.operationDocumentNode;
  const asked =
    document &&
    visit(document, {
      Field(node) {
        const input = inputs.get(node.name.value);
        if (input === undefined) return undefined;
        const alias = node.alias ?? node.name;
        const name = { kind: Kind.NAME, value: input.field } as const;
        return { ...node, alias, name, arguments: input.arguments };
      },
    });
  if (asked !== undefined && asked !== document) {
    fetch.operationDocumentNode = asked;
    fetch.operation = stripIgnoredCharacters(print(asked));
  }
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
