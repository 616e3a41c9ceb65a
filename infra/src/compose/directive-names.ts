import { ACCESS_SPEC_URL, directiveName, readLinks } from "@truc/contracts";
import type { DocumentNode } from "graphql";

/** The directives that decide who may see a coordinate, and those needed to judge where they stand. */
export type AccessDirective = "authenticated" | "requiresScopes" | "policy" | "data" | "search";

/** What is read of each specification, whatever its version. */
const DIRECTIVES = new Map([
  [
    "https://specs.apollo.dev/federation",
    ["authenticated", "requiresScopes", "policy", "external"],
  ],
  [ACCESS_SPEC_URL.replace(/\/v[\d.]+$/, ""), ["data", "search"]],
]);

/** The names a subgraph schema gives to those directives. A renamed directive is the same rule. */
export function namesOf(document: DocumentNode): Map<string, string> {
  return new Map(
    readLinks(document).flatMap((link) =>
      (DIRECTIVES.get(link.identity) ?? []).map(
        (directive) => [directive, directiveName(link, directive)] as const,
      ),
    ),
  );
}
