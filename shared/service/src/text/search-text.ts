import { argumentInvalid } from "../page/argument-invalid.ts";

const MAX_SEARCH_TEXT = 200;

/**
 * Reads a text that a caller searches for, before anything else looks at it: as long as a long name at most, since
 * Unicode normalisation takes time with the square of the length, and without control characters, of which PostgreSQL
 * does not take NUL.
 * @param argument the argument it stands in, such as "filter.name"
 * @returns the text as it is; {@link searchForm} makes of it what is looked for
 * @throws GraphQLError ARGUMENT_INVALID naming the argument
 */
export function searchText(argument: string, text: string): string {
  if (text.length > MAX_SEARCH_TEXT)
    throw argumentInvalid(
      argument,
      `a text to search for has at most ${MAX_SEARCH_TEXT} characters`,
    );
  if (/\p{Cc}/u.test(text))
    throw argumentInvalid(argument, "a text to search for holds no control characters");
  return text;
}
