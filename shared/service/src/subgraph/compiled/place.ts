import type { GraphQLResolveInfo } from "graphql";

type Path = GraphQLResolveInfo["path"];

/** A step of the way from an answer's root to a value, of the shape of graphql-js's own steps. */
export class Place implements Path {
  readonly prev: Place | undefined;
  readonly key: string | number;
  /** The concrete type of the object that holds the field; undefined for a place in a list. */
  readonly typename: string | undefined;

  constructor(prev: Place | undefined, key: string | number, typename: string | undefined) {
    this.prev = prev;
    this.key = key;
    this.typename = typename;
  }
}

/** A place as errors name it. */
export function pathTo(place: Place): (string | number)[] {
  const path: (string | number)[] = [];
  for (let step: Place | undefined = place; step !== undefined; step = step.prev)
    path.push(step.key);
  return path.reverse();
}
