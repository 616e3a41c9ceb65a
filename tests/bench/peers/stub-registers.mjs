import { createServer } from "node:http";
import { parse } from "graphql";
import { compileQuery } from "graphql-jit";
import { executable, federation1, readSchemas } from "./registers.mjs";
import { answers } from "./stub-answers.mjs";

/**
 * Every register as a server that knows 10,000 citizens by heart: cheap, and the same for whoever asks. One process, a
 * port each. Prints one line: the addresses by name, as JSON.
 *
 *   FOLDERS   {name: folder} as JSON
 *   DELAY_MS  how long each answer is held back
 */
const delay = Number(process.env.DELAY_MS ?? 0);

/** The answer to one operation. */
function alone(result) {
  const text = JSON.stringify(result);
  return { text, headers: headersFor(Buffer.byteLength(text)) };
}

/** The answers to a batch, whose lengths a header tells to whoever wants to take them apart unread, as Truc's registers do. */
function together(results) {
  const texts = results.map((result) => JSON.stringify(result));
  const lengths = texts.map((text) => Buffer.byteLength(text));
  // Brackets, and a comma between two.
  const whole = lengths.reduce((sum, length) => sum + length + 1, 1);
  const headers = { ...headersFor(whole), "x-item-bytes": lengths.join(",") };
  return { text: `[${texts.join(",")}]`, headers };
}

function headersFor(length) {
  return { "content-type": "application/json", "content-length": length };
}

const addresses = {};
for (const [name, document] of Object.entries(readSchemas(JSON.parse(process.env.FOLDERS)))) {
  const schema = executable(document);
  const resolvers = answers[name];
  for (const [coordinate, resolve] of Object.entries(resolvers)) {
    const [type, field] = coordinate.split(".");
    schema.getType(type).getFields()[field].resolve = resolve;
  }
  const fields = schema.getQueryType().getFields();
  const sdl = federation1(name, document);
  fields._service.resolve = () => ({ sdl });
  fields._entities.resolve = (_root, { representations }) => representations;
  schema.getType("_Entity").resolveType = ({ __typename }) => __typename;
  const compiled = new Map();
  const run = ({ query, variables, operationName }) => {
    const key = `${operationName ?? ""} ${query}`;
    let operation = compiled.get(key);
    if (operation === undefined) {
      operation = compileQuery(schema, parse(query), operationName ?? undefined, {
        disableLeafSerialization: true,
      });
      if (operation.query === undefined) throw new Error(JSON.stringify(operation.errors));
      compiled.set(key, operation);
    }
    return operation.query({}, {}, variables ?? {});
  };
  const server = createServer((request, response) => {
    // Whoever asks whether it is well is told so.
    if (request.method === "GET") {
      response.end();
      return;
    }
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const body = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
      const { text, headers } = Array.isArray(body)
        ? together(await Promise.all(body.map(run)))
        : alone(await run(body));
      const send = () => response.writeHead(200, headers).end(text);
      if (delay === 0) send();
      else setTimeout(send, delay);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  addresses[name] = `http://127.0.0.1:${server.address().port}/graphql`;
}
console.log(JSON.stringify(addresses));
