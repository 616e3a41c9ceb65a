export { service as subgraph } from "./server.ts";
export { nameWords } from "./name-words.ts";
export { VSIC_2025 } from "../migrations/vsic-2025.ts";
