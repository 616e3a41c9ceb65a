const MAX_NORMALISED = 1_000;

/**
 * Passes on a text short enough to be normalised: NFD and NFC take time with the square of the length when combining
 * marks alternate, so that one text of half a megabyte would hold the process for many seconds.
 * @throws RangeError, without the text; what callers send is refused before by {@link searchText}
 */
export function withinNormalLength(text: string): string {
  if (text.length > MAX_NORMALISED)
    throw new RangeError(`a text of more than ${MAX_NORMALISED} characters is not normalised`);
  return text;
}
