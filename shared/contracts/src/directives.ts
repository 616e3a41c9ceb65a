/**
 * The project's own directives, composed into the supergraph beside Federation's.
 *
 * - `@data(class:)` gives a field its data class.
 * - `@subject(path:)` names whose data a type holds: a dot-separated path of field names from the type to the
 *   key field of an entity (`"id"`, `"holder.id"`), or `".."` for a value type whose subject is that of the
 *   object around it. Repeated where a type may belong to one of several (a right holder is a citizen or a company).
 * - `@search` marks a field that answers by conditions other than identifiers. A grant may allow look-ups only: such
 *   fields are then refused, by the gateway before anything is fetched and by the register's frame.
 */
export const ACCESS_SPEC_URL = "https://truc.vn/spec/access/v1.0";

export const DATA_CLASSES = ["PUBLIC", "BASIC", "SENSITIVE"] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** The definitions every subgraph schema carries, word for word. */
export const ACCESS_DEFINITIONS = /* GraphQL */ `
  "How much harm a field's disclosure can do, after the Law on Personal Data Protection."
  enum DataClass {
    "Open to any authenticated caller."
    PUBLIC
    "Basic personal or business data."
    BASIC
    "Sensitive personal data."
    SENSITIVE
  }

  "The data class of a field."
  directive @data(class: DataClass!) on FIELD_DEFINITION

  "Whose data a type holds: the path to an entity's key field, or '..' for the subject of the object around it."
  directive @subject(path: String!) repeatable on OBJECT

  "Answers by conditions other than identifiers: a grant may allow look-ups only."
  directive @search on FIELD_DEFINITION
`;

/** The `@link`s every subgraph schema begins with. */
export const SCHEMA_LINKS = /* GraphQL */ `
  extend schema
    @link(
      url: "https://specs.apollo.dev/federation/v2.9"
      import: [
        "@key"
        "@shareable"
        "@external"
        "@requires"
        "@provides"
        "@authenticated"
        "@requiresScopes"
        "@composeDirective"
        "@cost"
        "@listSize"
      ]
    )
    @link(
      url: "https://truc.vn/spec/access/v1.0"
      import: ["@data", "@subject", "@search", "DataClass"]
    )
    @composeDirective(name: "@data")
    @composeDirective(name: "@subject")
    @composeDirective(name: "@search")
`;
