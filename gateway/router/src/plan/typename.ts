import { Kind, type FieldNode } from "graphql";

/** The field that tells an object's type, for selections that are added. */
export const TYPENAME: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: "__typename" },
};
