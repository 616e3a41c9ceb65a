/** A label is no longer, in characters. */
const MAX_LENGTH = 80;

/** Signs that a text is for who writes programs: scopes, names of code, marks of Markdown, words of the interface. */
const DEVELOPERS = [
  /\p{L}:\p{L}/u,
  /\p{Ll}\p{Lu}/u,
  /\p{L}_\p{L}|\p{L}\.\p{L}/u,
  /[`*#[\]{}<>|]|https?:/,
  /\b(null|true|false|scopes?|cursors?|caller|callers|schema|coordinates?|digest|boolean)\b/i,
];

/**
 * What citizens read of a field or type: its description's first sentence without the full stop, or of that as many clauses
 * as are short and say nothing to developers alone; where not even the first is, or nothing is described, the name in words.
 * @param name as the schema has it: `birthDate` gives "Birth date"
 */
export function plainLabel(description: string, name: string): string {
  const sentence = firstSentence(description.trim().replaceAll(/\s+/g, " "));
  const ends = [...sentence.matchAll(/[;:](?= )/g)].map(({ index }) => index);
  const candidates = [sentence.length, ...ends.toReversed()].map((end) => sentence.slice(0, end));
  return candidates.find(isPlain) ?? inWords(name);
}

function firstSentence(text: string): string {
  return /^.*?(?=[.!?](?: \P{Ll}|$))/u.exec(text)?.[0] ?? text;
}

function isPlain(text: string): boolean {
  return text !== "" && text.length <= MAX_LENGTH && !DEVELOPERS.some((sign) => sign.test(text));
}

function inWords(name: string): string {
  const words = name
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
