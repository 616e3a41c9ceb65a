import { readFileSync } from "node:fs";

process.env.APOLLO_TELEMETRY_DISABLED = "true";
const { ApolloGateway } = await import("@apollo/gateway");
const { ApolloServer } = await import("@apollo/server");
const { fastifyApolloHandler } = await import("@as-integrations/fastify");
const { default: Fastify } = await import("fastify");
const { verifyToken } = await import("./verify-token.mjs");

/** Stock Apollo Server and @apollo/gateway on Fastify, with the plugins off that only cost. */
const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.env.SUPERGRAPH, "utf8"),
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
});
const {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} = await import("@apollo/server/plugin/disabled").then(async (disabled) => ({
  ...disabled,
}));
const server = new ApolloServer({
  gateway,
  persistedQueries: false,
  includeStacktraceInErrorResponses: false,
  plugins: [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginLandingPageDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
  ],
});
await server.start();
const app = Fastify({ keepAliveTimeout: 60_000 });
app.route({
  method: "POST",
  url: "/graphql",
  handler: fastifyApolloHandler(server, {
    context: async (request) => ({ claims: await verifyToken(request.headers.authorization) }),
  }),
});
console.log(`${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
