import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { problemsOfAccessRules } from "./access-rules.ts";

export interface SubgraphSource {
  name: string;
  /** Where the router finds it; part of the supergraph. */
  url: string;
  /** Text of its schema.graphql. */
  schema: string;
}

/** The schemas do not fit together. Each problem is one sentence that names the subgraph or the coordinate. */
export class CompositionRefused extends Error {
  override readonly name = "CompositionRefused";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/**
 * Composes subgraph schemas into a supergraph's text (Apollo Federation 2).
 * @throws CompositionRefused when they do not compose, or compose into something that opens a hole
 */
export function compose(subgraphs: readonly SubgraphSource[]): string {
  const parsed = subgraphs.map(({ name, url, schema }) => ({
    name,
    url,
    typeDefs: parseSchema(name, schema),
  }));
  const problems = problemsOfAccessRules(subgraphs);
  const { errors, supergraphSdl } = composeServices(parsed);
  problems.push(...(errors ?? []).map(({ message }) => message.replace(/\s+/g, " ").trim()));
  if (problems.length > 0 || supergraphSdl === undefined) throw new CompositionRefused(problems);
  return supergraphSdl;
}

function parseSchema(name: string, schema: string) {
  try {
    return parse(schema);
  } catch (error) {
    throw new CompositionRefused([`[${name}] ${(error as Error).message}`]);
  }
}
