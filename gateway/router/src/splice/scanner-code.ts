import { adopt, emptyMap } from "../execute/merge.ts";
import { endOfValue, plainEnd } from "./json-text.ts";
import { textOf } from "./octets.ts";
import { Piece } from "./piece.ts";
import type { CodeBook } from "./text-steps.ts";

/** Goes through an octet text from a place on; undefined where it is not as expected. @throws SyntaxError, RangeError likewise */
export type Scan = (
  text: string,
  at: number,
) => { readonly value: unknown; readonly end: number } | undefined;

const NOBODY: readonly string[] = [];

/** What the functions share; see closed-code.ts and open-code.ts for what it means. */
const SHARED = `
  let out = "", from = 0, cost = 0, told = 0, around = 0, alone = 0, owners = NOBODY, pos = 0;
  const nothing = /(?:)/;

  function begin(at) { out = ""; from = at; cost = told = around = alone = 0; owners = NOBODY; }

  function piece(text, start, at) {
    const original = text.slice(start, at);
    if (original === "null") return null;
    return new Piece({
      text: out === "" && from === start ? original : out + text.slice(from, at),
      cost, objectsAround: around, objects: alone, owners, original,
    });
  }

  function owner(type, key) {
    const { length } = owners;
    if (length === 0) {
      owners = [type, key];
      return;
    }
    // The objects of one piece belong to few: the last ones are looked through.
    for (let index = length - 1; index > 0 && index > length - 8; index -= 2)
      if (owners[index] === key && owners[index - 1] === type) return;
    owners.push(type, key);
  }

  // What a group has matched; nothing where there is a null.
  function taken(group) { return group === undefined ? null : textOf(group); }

  // Of what stands there as no plain text.
  function ownerOf(text, read) {
    const byType = new Map();
    const bits = read(JSON.parse(textOf(text)), byType);
    for (const [type, keys] of byType) for (const key of keys) owner(type, key);
    return bits;
  }

  // A leaf that does not stand there as the answer has it, or may not.
  function leaf(text, at, write) {
    const end = endOfValue(text, at);
    if (end < 0) return -1;
    const original = text.slice(at, end);
    const written = write(JSON.parse(textOf(original)));
    if (written === undefined) return -1;
    if (written !== original) { out += text.slice(from, at) + written; from = end; }
    return end;
  }

  function skip(text, at, nullable) {
    const end = endOfValue(text, at);
    if (end < 0) return -1;
    return JSON.parse(textOf(text.slice(at, end))) === null && !nullable ? -1 : end;
  }`;

/**
 * Makes a function of generated code, as shape/object-writer.ts does: names come into the code through JSON.stringify
 * alone, and everything else by reference.
 * @param write writes it into a book; gives the name of the function that begins, or undefined where there is none
 */
export function scanner(write: (book: CodeBook) => string | undefined): Scan | undefined {
  const given: unknown[] = [];
  const functions: string[] = [];
  const root = write({
    give(value) {
      given.push(value);
      return `given${given.length - 1}`;
    },
    define(body) {
      functions.push(`function scan${functions.length}(text, at) { let end; ${body} }`);
      return `scan${functions.length - 1}`;
    },
  });
  if (root === undefined) return undefined;
  const code = `"use strict";
    ${given.map((_, index) => `const given${index} = given[${index}];`).join("\n")}
    ${SHARED}
    ${functions.join("\n")}
    return (text, at) => {
      const value = ${root}(text, at);
      begin(0);
      // Nothing of the text stays with RegExp's last match.
      nothing.test("");
      return value === undefined ? undefined : { value, end: pos };
    };`;
  const names = [
    "given",
    "Piece",
    "NOBODY",
    "emptyMap",
    "parsed",
    "textOf",
    "plainEnd",
    "endOfValue",
  ];
  // oxlint-disable-next-line typescript/no-implied-eval -- there is no faster way, and no text of anybody's is code
  const make = new Function(...names, code) as (...known: unknown[]) => Scan;
  return make(given, Piece, NOBODY, emptyMap, parsed, textOf, plainEnd, endOfValue);
}

function parsed(octets: string): unknown {
  return adopt(JSON.parse(textOf(octets)));
}
