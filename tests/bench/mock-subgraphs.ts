import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  execute,
  getNullableType,
  isEnumType,
  isListType,
  isObjectType,
  isScalarType,
  parse,
  type DocumentNode,
  type GraphQLOutputType,
} from "graphql";
import { readFederation } from "../../infra/src/federation.ts";
import { executableSchema } from "../harness/stub-federation.ts";

/**
 * Every subgraph of federation.yaml as a server that invents its answers: one process of its own, so that what it costs
 * is not counted as the router's. Prints one line: the addresses by subgraph, as JSON.
 */
interface Asked {
  query: string;
  variables?: object;
}

const PIN = "901170000001";
const answers = new Map<string, string>();

const addresses: Record<string, string> = {};
for (const { name, folder } of readFederation()) {
  const schema = executableSchema(readFileSync(`${folder}/schema.graphql`, "utf8"));
  const documents = new Map<string, DocumentNode>();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const asked = JSON.parse(body) as Asked | Asked[];
      const text = Array.isArray(asked) ? `[${asked.map(answerTo).join(",")}]` : answerTo(asked);
      response.setHeader("content-type", "application/json").end(text);
    });
  });
  const answerTo = ({ query, variables }: Asked): string => {
    const key = `${name}${query}${JSON.stringify(variables)}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      let document = documents.get(query);
      if (document === undefined) documents.set(query, (document = parse(query)));
      const result = execute({
        schema,
        document,
        variableValues: (variables ?? {}) as Record<string, unknown>,
        rootValue: {},
        fieldResolver: (object: Record<string, unknown>, args, _context, info) =>
          info.fieldName === "_entities"
            ? args["representations"]
            : (object[info.fieldName] ?? invented(info.returnType)),
        typeResolver: (object: { __typename?: string }, _context, info, type) =>
          object.__typename ?? info.schema.getPossibleTypes(type)[0]!.name,
      });
      answers.set(key, (answer = JSON.stringify(result)));
    }
    return answer;
  };
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  addresses[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
console.log(JSON.stringify(addresses));

function invented(type: GraphQLOutputType): unknown {
  const present = getNullableType(type);
  if (isListType(present)) return [invented(present.ofType), invented(present.ofType)];
  if (isObjectType(present)) return { __typename: present.name };
  if (isEnumType(present)) return present.getValues()[0]!.value;
  if (!isScalarType(present)) return {};
  if (present.name === "PersonalIdentificationNumber") return PIN;
  if (present.name === "Int" || present.name === "VND") return 1;
  if (present.name === "Float" || present.name === "SquareMetres") return 1.5;
  return present.name === "Boolean" ? true : "text";
}
