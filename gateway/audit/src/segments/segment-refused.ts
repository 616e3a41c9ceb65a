/** An export, or a month's end, that is refused; the message says why, for an operator. */
export class SegmentRefused extends Error {
  override readonly name = "SegmentRefused";
}
