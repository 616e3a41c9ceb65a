/** Up to this many, what comes next is given as much room as there is already. */
const MOST_AHEAD = 64 * 1024;

/**
 * Bytes that come in pieces, however small: they take about twice their own room at most, which a buffer for each piece of
 * one byte would not.
 */
export class KeptBytes {
  readonly #buffers: Buffer[] = [];
  /** How many bytes of the last buffer are taken. */
  #taken = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param bytes are the caller's again when this returns */
  add(bytes: Buffer): void {
    const last = this.#buffers.at(-1);
    const fitting = last === undefined ? 0 : bytes.copy(last, this.#taken);
    this.#taken += fitting;
    if (fitting < bytes.length) this.#grow(bytes.subarray(fitting));
    this.#length += bytes.length;
  }

  #grow(bytes: Buffer): void {
    const room = Math.max(bytes.length, Math.min(this.#length, MOST_AHEAD));
    const buffer = Buffer.allocUnsafe(room);
    this.#taken = bytes.copy(buffer);
    this.#buffers.push(buffer);
  }

  /** All of them in one buffer, and behind them what is given. */
  whole(after?: Buffer): Buffer {
    const parts = [...this.#buffers];
    const last = parts.pop();
    if (last !== undefined) parts.push(last.subarray(0, this.#taken));
    if (after !== undefined) parts.push(after);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
