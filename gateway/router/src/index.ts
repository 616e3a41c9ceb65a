export { service } from "./server.ts";
