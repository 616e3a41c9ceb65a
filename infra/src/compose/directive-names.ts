import { ACCESS_SPEC_URL } from "@truc/contracts";
import { Kind, type ConstDirectiveNode, type DocumentNode } from "graphql";

/** The directives that decide who may see a coordinate, and those needed to judge where they stand. */
export type AccessDirective = "authenticated" | "requiresScopes" | "policy" | "data";

const FEDERATION = ["authenticated", "requiresScopes", "policy", "external"];
const ACCESS = ["data"];
/** Whatever the version. */
const ACCESS_SPEC = ACCESS_SPEC_URL.replace(/v[\d.]+$/, "");

/**
 * The names a subgraph schema gives to those directives: imported as they are or under another name, or unimported and
 * prefixed with the specification's name (https://specs.apollo.dev/link/v1.0). A renamed directive is the same rule.
 */
export function namesOf(document: DocumentNode): Map<string, string> {
  const names = new Map<string, string>();
  for (const link of linksOf(document)) {
    const url = stringArgument(link, "url") ?? "";
    const federation = url.startsWith("https://specs.apollo.dev/federation/");
    if (!federation && !url.startsWith(ACCESS_SPEC)) continue;
    const prefix = stringArgument(link, "as") ?? (federation ? "federation" : "access");
    for (const directive of federation ? FEDERATION : ACCESS) {
      names.set(directive, importedAs(link, directive) ?? `${prefix}__${directive}`);
    }
  }
  return names;
}

function linksOf(document: DocumentNode): ConstDirectiveNode[] {
  return document.definitions
    .filter(({ kind }) => kind === Kind.SCHEMA_DEFINITION || kind === Kind.SCHEMA_EXTENSION)
    .flatMap(
      (definition) =>
        ("directives" in definition
          ? [...(definition.directives ?? [])]
          : []) as ConstDirectiveNode[],
    )
    .filter(({ name }) => name.value === "link");
}

function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function importedAs(link: ConstDirectiveNode, directive: string): string | undefined {
  const list = link.arguments?.find(({ name }) => name.value === "import")?.value;
  if (list?.kind !== Kind.LIST) return undefined;
  for (const item of list.values) {
    if (item.kind === Kind.STRING && item.value === `@${directive}`) return directive;
    if (item.kind !== Kind.OBJECT) continue;
    const entry = new Map(
      item.fields.map(({ name, value }) => [
        name.value,
        value.kind === Kind.STRING ? value.value : "",
      ]),
    );
    if (entry.get("name") === `@${directive}`)
      return (entry.get("as") ?? directive).replace(/^@/, "");
  }
  return undefined;
}
