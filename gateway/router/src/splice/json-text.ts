/**
 * Where the string that begins here ends, its quotes included, if it stands in this JSON as `JSON.stringify` would write
 * it: without an escape, and without what must be escaped. -1 where it does not, or may not.
 * @param text an octet text: no surrogate can stand in it
 * @param at where its first quote stands
 */
export function plainEnd(text: string, at: number): number {
  let code: number;
  let end = at;
  // What lies beyond the text is NaN, which ends the loop.
  do code = text.charCodeAt((end += 1));
  while (code > 0x5c || (code >= 0x20 && code < 0x5c && code !== 0x22));
  return code === 0x22 ? end + 1 : -1;
}

/** How deep an answer may nest: further than any that is asked for. What goes through it calls itself. */
export const MAX_LEVELS = 256;
/** How deep one value in it may nest, so that what is around it may as well. */
const MAX_LEVELS_OF_A_VALUE = 128;

/**
 * Where the JSON value that begins here ends, as long as it is one: whether it is, shows when it is parsed.
 * @returns -1 where it has no end, or nests too deep
 */
export function endOfValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === 0x22) return endOfString(text, at);
  if (first !== 0x7b && first !== 0x5b) return endOfWord(text, at);
  let depth = 0;
  for (let end = at; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 0x22) {
      end = endOfString(text, end) - 1;
      if (end < 0) return -1;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MAX_LEVELS_OF_A_VALUE) return -1;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth === 0) return end + 1;
    }
  }
  return -1;
}

/** Whether a JSON text nests further than so many levels. It is gone through without recursion, however deep it is. */
export function nestsBeyond(text: string, levels: number): boolean {
  // What opens is closed again: in half of the text no more than so many can open.
  if (text.length <= 2 * levels) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at) - 1;
      if (at < 0) return false;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > levels) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

function endOfString(text: string, at: number): number {
  let end = at;
  do {
    end = text.indexOf('"', end + 1);
    if (end === -1) return -1;
  } while (isEscaped(text, end));
  return end + 1;
}

/** Whether the character here follows an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === 0x5c) before -= 1;
  return (at - before) % 2 === 1;
}

/** Numbers, `true`, `false` and `null` end where a comma or bracket stands. */
function endOfWord(text: string, at: number): number {
  let end = at;
  for (;;) {
    const code = text.charCodeAt(end);
    if (code === 0x2c || code === 0x7d || code === 0x5d || Number.isNaN(code)) return end;
    end += 1;
  }
}
