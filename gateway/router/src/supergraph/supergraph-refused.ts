/** A supergraph that must not be served. Its message is one sentence for the operator's log. */
export class SupergraphRefused extends Error {
  override readonly name = "SupergraphRefused";
}
