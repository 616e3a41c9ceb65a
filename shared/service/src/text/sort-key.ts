import { withinNormalLength } from "./within-normal-length.ts";

const ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
/** Combining marks of the toned syllables in dictionary order: huyền, hỏi, ngã, sắc, nặng. */
const TONE_MARKS = ["\u0300", "\u0309", "\u0303", "\u0301", "\u0323"];

// In ASCII the end of the letters (!) comes before the end of a word (.), that before digits, and those before letters.
const END_OF_LETTERS = "!";
const END_OF_WORD = ".";

/** Two characters a letter, so that every letter of the alphabet has a rank of the same length. */
const ranks = new Map(
  Array.from(ALPHABET, (letter, index) => [
    letter,
    String.fromCharCode(0x61 + Math.floor(index / 26)) + String.fromCharCode(0x61 + (index % 26)),
  ]),
);

/**
 * A Vietnamese text as an ASCII string that sorts as a dictionary does when compared byte by byte: first by its
 * letters (a ă â b c d đ e ê …), word by word, and only where all letters agree by its tones (ngang, huyền, hỏi, ngã,
 * sắc, nặng). Where in a syllable the tone is written (Hòa, Hoà) makes no difference. Digits come before letters;
 * punctuation counts as a space. The result has about twice the length of the text.
 * @throws RangeError for a text of more than 1,000 characters
 */
export function sortKey(text: string): string {
  const words = withinNormalLength(text)
    .normalize("NFC")
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u);
  const keys = words.filter((word) => word !== "").map(wordKey);
  const letters = keys.map((key) => key.letters).join(END_OF_WORD);
  const tones = keys.map((key) => key.tones).join(END_OF_WORD);
  return letters + END_OF_LETTERS + tones;
}

function wordKey(word: string): { letters: string; tones: string } {
  let letters = "";
  let tones = "";
  for (const character of word) {
    const [letter, tone] = withoutTone(character);
    letters += ranks.get(letter) ?? otherRank(letter);
    if (tone > 0) tones += String(tone);
  }
  return { letters, tones };
}

/** Splits the tone mark off one letter; the marks that make it a letter of its own (ă â ê ô ơ ư) stay. */
function withoutTone(character: string): [letter: string, tone: number] {
  const decomposed = character.normalize("NFD");
  const tone = TONE_MARKS.findIndex((mark) => decomposed.includes(mark));
  if (tone === -1) return [character, 0];
  return [decomposed.replace(TONE_MARKS[tone]!, "").normalize("NFC"), tone + 1];
}

/** Digits as they are; a letter of another alphabet behind all Vietnamese ones, by its code point. */
function otherRank(letter: string): string {
  return /^[0-9]$/.test(letter)
    ? letter
    : `z${letter.codePointAt(0)!.toString(16).padStart(6, "0")}`;
}
