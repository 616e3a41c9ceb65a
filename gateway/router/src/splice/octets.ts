import { Buffer, isUtf8 } from "node:buffer";

/*
 * An octet text is a text's UTF-8 with a character for each byte. What subgraphs send is cut and pasted in this form: it
 * takes half the memory of a text with letters like "ễ" in it, brackets and quotes stand in it as they do in the text,
 * and it becomes the bytes of the answer without being encoded.
 */

/** Up to this length a look at each character is cheaper than a buffer. */
const SHORT = 64;
const BEYOND_ASCII = /[\u0080-\uffff]/;

/** The octet text of bytes; what is no UTF-8 is replaced as a decoder does, by U+FFFD. */
export function octetsIn(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString("latin1") : octetsOf(bytes.toString("utf8"));
}

/** @param text without surrogates that stand alone, as JSON.stringify writes it */
export function octetsOf(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The text that an octet text stands for. */
export function textOf(octets: string): string {
  return isAscii(octets) ? octets : Buffer.from(octets, "latin1").toString("utf8");
}

function isAscii(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return !BEYOND_ASCII.test(text);
  for (let index = 0; index < length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
