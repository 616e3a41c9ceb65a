/** What the system says of files and connections, in words that somebody who types a command can do something with. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is nothing of that name",
  ENOTDIR: "a part of its name is a file and no folder",
  EISDIR: "it is a folder",
  EACCES: "you may not",
  EPERM: "you may not",
  EROFS: "its disk cannot be written to",
  ENAMETOOLONG: "its name is too long",
  ENOSPC: "the disk is full",
  EMFILE: "too many files are open",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke off",
  ENOTFOUND: "there is no machine of that name",
  EAI_AGAIN: "the machine's name cannot be looked up",
  ETIMEDOUT: "there was no answer in time",
  EHOSTUNREACH: "there is no way to that machine",
  ENETUNREACH: "there is no way to that network",
};

/**
 * Why a file could not be read or written, or an address not be reached: the end of a sentence, without its full stop.
 * @param error of the file system, of fetch, or of a database's driver
 */
export function whyNotRead(error: unknown): string {
  const words = codesOf(error).map((code) => WORDS[code]);
  const known = words.find((each) => each !== undefined);
  if (known !== undefined) return known;
  if (error instanceof SyntaxError) return "it is no JSON";
  if (error instanceof DOMException && error.name === "TimeoutError") return WORDS["ETIMEDOUT"]!;
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0]!.replace(/\.$/, "");
}

/** Codes of an error, of those it is made of, and of its causes. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as { code?: unknown };
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [
    ...(typeof code === "string" ? [code] : []),
    ...inner.flatMap(codesOf),
    ...(error.cause === undefined ? [] : codesOf(error.cause)),
  ];
}
