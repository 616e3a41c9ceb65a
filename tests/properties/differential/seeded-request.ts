import { parse, validate, type GraphQLSchema } from "graphql";
import { seeded } from "../../harness/seeded.ts";
import { Tape } from "../tape.ts";
import { randomRequest, type RandomRequest } from "./random-request.ts";

/** The random request of a seed; undefined where it is not valid. */
export function seededRequest(api: GraphQLSchema, seed: number): RandomRequest | undefined {
  const next = seeded(seed);
  const length = 20 + Math.floor(next() * 180);
  const numbers = Array.from({ length }, () => Math.floor(next() * 1_000_000));
  const request = randomRequest(api, new Tape(numbers));
  return validate(api, parse(request.query)).length === 0 ? request : undefined;
}
