import { Kind, type ConstDirectiveNode, type ConstValueNode, type DocumentNode } from "graphql";

/** One `@link` of a schema definition (https://specs.apollo.dev/link/v1.0), with the names it gives its elements. */
export interface Link {
  /** The feature's URL without its version: `https://specs.apollo.dev/requiresScopes`. */
  identity: string;
  /** What the feature's unimported elements are prefixed with. */
  namespace: string;
  /** `SECURITY` and `EXECUTION` features must be understood, or the schema must not be served. */
  purpose: string | null;
  /** Names of the feature's elements (with `@` for directives) → names in this document. */
  imports: ReadonlyMap<string, string>;
}

/** Every feature the document links, of the `@link` directive or its predecessor `@core`. */
export function readLinks(document: DocumentNode): Link[] {
  return document.definitions
    .filter(
      (definition) =>
        definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION,
    )
    .flatMap((definition) => definition.directives ?? [])
    .flatMap((directive) => readLink(directive) ?? []);
}

function readLink(directive: ConstDirectiveNode): Link | undefined {
  const argument = (name: string) =>
    directive.arguments?.find((node) => node.name.value === name)?.value;
  const url = argument("url") ?? argument("feature");
  if (url?.kind !== Kind.STRING) return undefined;
  const parts = url.value.replace(/\/+$/, "").split("/");
  const versioned = /^v\d+\.\d+$/.test(parts.at(-1) ?? "");
  const identity = (versioned ? parts.slice(0, -1) : parts).join("/");
  const alias = argument("as");
  const purpose = argument("for");
  return {
    identity,
    namespace: alias?.kind === Kind.STRING ? alias.value : (identity.split("/").at(-1) ?? ""),
    purpose: purpose?.kind === Kind.ENUM ? purpose.value : null,
    imports: readImports(argument("import")),
  };
}

function readImports(node: ConstValueNode | undefined): Map<string, string> {
  const imports = new Map<string, string>();
  if (node?.kind !== Kind.LIST) return imports;
  for (const item of node.values) {
    if (item.kind === Kind.STRING) imports.set(item.value, item.value);
    if (item.kind !== Kind.OBJECT) continue;
    const field = (name: string) => {
      const value = item.fields.find((candidate) => candidate.name.value === name)?.value;
      return value?.kind === Kind.STRING ? value.value : undefined;
    };
    const name = field("name");
    if (name !== undefined) imports.set(name, field("as") ?? name);
  }
  return imports;
}

/**
 * The name (without `@`) under which a document knows a feature's directive: imported, imported under another name,
 * the feature's own name where the directive is called like the feature, or namespaced.
 */
export function directiveName(link: Link, directive: string): string {
  const imported = link.imports.get(`@${directive}`);
  if (imported !== undefined) return imported.replace(/^@/, "");
  const isFeatureItself = link.identity.endsWith(`/${directive}`);
  return isFeatureItself ? link.namespace : `${link.namespace}__${directive}`;
}
