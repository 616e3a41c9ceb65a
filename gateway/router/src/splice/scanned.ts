import type { GraphQLLeafType } from "graphql";
import type { KeyReader } from "../record/key-readers.ts";

/** What is expected of a value in a subgraph's text, and what becomes of it in the text of the answer. */
export type ScannedValue = ScannedList | ScannedObject | ScannedLeaf | ScannedName;

export interface ScannedList {
  readonly kind: "list";
  readonly nullable: boolean;
  readonly item: ScannedValue;
}

export interface ScannedObject {
  readonly kind: "object";
  readonly nullable: boolean;
  /** In the order in which they come. */
  readonly fields: readonly ScannedField[];
  /** What the answer has of it; undefined where it has nothing of the object. */
  readonly answered: readonly Answered[] | undefined;
  /** What each such object costs, without the values within. */
  readonly cost: number;
  /** Whether it belongs to somebody, by what is read within it or by the object around; undefined where nobody asks. */
  readonly owned: { readonly around: boolean } | undefined;
}

export interface ScannedField {
  /** Response key in the subgraph's answer. */
  readonly key: string;
  readonly value: ScannedValue;
}

/** A key of the answer: the value of one of the fields, or a text that is always the same. */
export type Answered =
  | { readonly key: string; readonly field: number }
  | { readonly key: string; readonly constant: string };

export interface ScannedLeaf {
  readonly kind: "leaf";
  readonly nullable: boolean;
  readonly type: GraphQLLeafType;
  /** What each value costs that is not null. */
  readonly cost: number;
  /** What reads whose data the object around holds, where this is the key. */
  readonly reader: KeyReader | undefined;
}

/** The name of the one type that the object can have. */
export interface ScannedName {
  readonly kind: "name";
  readonly type: string;
}
