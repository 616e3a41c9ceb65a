/** What stands in merged data in place of an object or list. */
export abstract class Piece {
  abstract value(): unknown;
}

/** What a piece stands for; anything else is itself. */
export function valueOf(value: unknown): unknown {
  return value instanceof Piece ? value.value() : value;
}
