export { service, subgraph } from "./server.ts";
