import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";
import { Agent } from "node:http";
import { verifyToken } from "./verify-token.mjs";

/** Hive Gateway with the Rust planner of Hive Router, over connections that are kept open. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const gateway = createGatewayRuntime({
  supergraph: readFileSync(process.env.SUPERGRAPH, "utf8"),
  unifiedGraphHandler,
  customAgent: () => agent,
  logging: false,
  landingPage: false,
  graphiql: false,
  maskedErrors: false,
  requestId: false,
  plugins: () => [
    {
      async onRequest({ request, fetchAPI, endResponse }) {
        try {
          await verifyToken(request.headers.get("authorization") ?? undefined);
        } catch {
          endResponse(new fetchAPI.Response(null, { status: 401 }));
        }
      },
    },
  ],
});
const server = createServer(gateway);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${server.address().port}/graphql`),
);
