import { createServer } from "node:http";
import { Pool } from "undici";
import { OPERATIONS } from "./operations.mjs";
import { verifyToken } from "./verify-token.mjs";

/**
 * What somebody would write by hand for just these operations: one call to the population register, the three others
 * at the same time, and the answers put together. With BATCHED=1 calls to a register that meet travel together. It knows
 * no schema, no rights and no errors: a limit, not a gateway.
 */
const pools = Object.fromEntries(
  Object.entries(JSON.parse(process.env.ADDRESSES)).map(([name, url]) => [
    name,
    new Pool(new URL(url).origin, { connections: 64, pipelining: 1 }),
  ]),
);
const call = process.env.BATCHED === "1" ? batched : plain;

async function post(name, body) {
  const { body: answer } = await pools[name].request({
    method: "POST",
    path: "/graphql",
    headers: { "content-type": "application/json" },
    body,
  });
  return JSON.parse(await answer.text());
}

async function plain(name, query, variables) {
  return (await post(name, JSON.stringify({ query, variables }))).data;
}

const waiting = new Map();
const flying = new Map();

/** At most two batches of a register under way; what comes meanwhile is the next one. */
function batched(name, query, variables) {
  return new Promise((resolve, reject) => {
    const queue = waiting.get(name) ?? [];
    waiting.set(name, queue);
    queue.push({ query, variables, resolve, reject });
    if (queue.length === 1) setImmediate(() => flush(name));
  });
}

function flush(name) {
  const queue = waiting.get(name) ?? [];
  if (queue.length === 0 || (flying.get(name) ?? 0) >= 2) return;
  waiting.set(name, []);
  flying.set(name, (flying.get(name) ?? 0) + 1);
  post(name, JSON.stringify(queue.map(({ query, variables }) => ({ query, variables }))))
    .then(
      (results) => results.forEach(({ data }, index) => queue[index].resolve(data)),
      (error) => queue.forEach(({ reject }) => reject(error)),
    )
    .finally(() => {
      flying.set(name, flying.get(name) - 1);
      flush(name);
    });
}

const PERSON = "id fullName birthDate identityCard { number issued expires }";
const ENTITIES = {
  land: "landRights { nodes { parcel { id area } share { numerator denominator } } }",
  business: "companies { nodes { role company { code name status } } }",
  insurance: "healthCard { number paidPercent validFrom validTo firstClinic { name } }",
};
const entitiesQuery = (fields) =>
  `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Citizen { ${fields} } } }`;

async function withRegisters(citizens) {
  const representations = citizens.map(({ id }) => ({ __typename: "Citizen", id }));
  const parts = await Promise.all(
    Object.entries(ENTITIES).map(async ([name, fields]) => {
      const { _entities } = await call(name, entitiesQuery(fields), { representations });
      return _entities;
    }),
  );
  return citizens.map((citizen, index) =>
    Object.assign(citizen, ...parts.map((part) => part[index])),
  );
}

const HANDLERS = new Map([
  [
    OPERATIONS.op1.query,
    async ({ id }) =>
      await call(
        "population",
        "query ($id: PersonalIdentificationNumber!) { citizen(id: $id) { id fullName birthDate sex nationality } }",
        { id },
      ),
  ],
  [
    OPERATIONS.op2.query,
    async ({ id }) => {
      const query = `query ($id: PersonalIdentificationNumber!) { citizen(id: $id) { ${PERSON} } }`;
      const { citizen } = await call("population", query, { id });
      return { citizen: (await withRegisters([citizen]))[0] };
    },
  ],
  [
    OPERATIONS.op3.query,
    async ({ ids }) => {
      const query = `query ($ids: [PersonalIdentificationNumber!]!) { citizens(ids: $ids) { ${PERSON} } }`;
      const { citizens } = await call("population", query, { ids });
      return { citizens: await withRegisters(citizens) };
    },
  ],
]);

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    try {
      await verifyToken(request.headers.authorization);
      const { query, variables } = JSON.parse(Buffer.concat(chunks));
      const text = JSON.stringify({ data: await HANDLERS.get(query)(variables) });
      response
        .writeHead(200, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        })
        .end(text);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${server.address().port}/graphql`),
);
