import { readFileSync } from "node:fs";
import type { SubgraphDefinition } from "@truc/service";
import { migrations } from "../migrations/index.ts";

/** What the frame must know of this register beside its resolvers. */
export const config: Omit<SubgraphDefinition, "resolvers"> = {
  name: "population",
  title: "Population register",
  schema: readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"),
  migrations,
};
