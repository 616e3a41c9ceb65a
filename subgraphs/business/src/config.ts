import { readFileSync } from "node:fs";
import { migrations } from "../migrations/index.ts";

/** What the register is called and made of; server.ts adds how it answers. */
export const config = {
  name: "business",
  title: "Business register",
  schema: readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"),
  migrations,
};
