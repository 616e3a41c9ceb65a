import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { execute, parse, type DocumentNode } from "graphql";
import { executableSchema } from "../../harness/stub-federation.ts";
import { PEOPLE_SCHEMA } from "./people-schema.ts";

/**
 * A register that knows everybody, as a process of its own, so that what it costs is not counted as the router's. Prints
 * one line: its address.
 */
const schema = executableSchema(PEOPLE_SCHEMA);
const documents = new Map<string, DocumentNode>();

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => (body += text));
  request.on("end", () => {
    const { query, variables } = JSON.parse(body) as {
      query: string;
      variables: Record<string, unknown>;
    };
    let document = documents.get(query);
    if (document === undefined) documents.set(query, (document = parse(query)));
    const result = execute({
      schema,
      document,
      variableValues: variables,
      rootValue: {},
      fieldResolver: (object: Record<string, unknown>, args, _context, info) => {
        if (info.fieldName === "citizens") return (args["ids"] as string[]).map(citizen);
        return info.fieldName === "citizen" ? citizen(args["id"]) : object[info.fieldName];
      },
    });
    response.setHeader("content-type", "application/json").end(JSON.stringify(result));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`),
);

function citizen(id: string): Record<string, unknown> {
  return { __typename: "Citizen", id, name: `N${id}`, birthDate: "1990-01-01", address: "Hà Nội" };
}
