import mercuriusGateway from "@mercuriusjs/gateway";
import Fastify from "fastify";
import { verifyToken } from "./verify-token.mjs";

/** Mercurius as a Federation 1 gateway with JIT, over connections that are kept open. */
const app = Fastify({ keepAliveTimeout: 60_000 });
app.addHook("preHandler", async (request, reply) => {
  try {
    await verifyToken(request.headers.authorization);
  } catch {
    await reply.code(401).send();
  }
});
await app.register(mercuriusGateway, {
  jit: 1,
  graphiql: false,
  gateway: {
    services: Object.entries(JSON.parse(process.env.ADDRESSES)).map(([name, url]) => ({
      name,
      url,
      connections: 64,
      keepAliveMaxTimeout: 60_000,
    })),
  },
});
console.log(`${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
