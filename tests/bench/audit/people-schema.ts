/** @param subjects whether the schema says whose data a type holds: without it, nothing is fetched for the record */
export function peopleSchema(subjects: boolean): string {
  return subjects ? PEOPLE_SCHEMA : PEOPLE_SCHEMA.replace('@subject(path: "id")', "");
}

export const PEOPLE_SCHEMA = /* GraphQL */ `
  extend schema
    @link(
      url: "https://specs.apollo.dev/federation/v2.9"
      import: ["@key", "@composeDirective", "@authenticated"]
    )
    @link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", "@subject", "DataClass"])
    @composeDirective(name: "@data")
    @composeDirective(name: "@subject")
  enum DataClass {
    PUBLIC
    BASIC
    SENSITIVE
  }
  directive @data(class: DataClass!) on FIELD_DEFINITION
  directive @subject(path: String!) repeatable on OBJECT
  type Query {
    citizen(id: ID!): Citizen @authenticated @data(class: PUBLIC)
    citizens(ids: [ID!]!): [Citizen] @authenticated @data(class: PUBLIC)
  }
  type Citizen @key(fields: "id") @subject(path: "id") {
    id: ID! @authenticated @data(class: BASIC)
    name: String @authenticated @data(class: BASIC)
    birthDate: String @authenticated @data(class: BASIC)
    address: String @authenticated @data(class: SENSITIVE)
  }
`;
