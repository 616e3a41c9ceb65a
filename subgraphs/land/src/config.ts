import { readFileSync } from "node:fs";
import { migrations } from "../migrations/index.ts";

/** What the frame must know of this register beside its resolvers. */
export const config = {
  name: "land",
  title: "Land register",
  schema: readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"),
  migrations,
};
