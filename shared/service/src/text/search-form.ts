import { withinNormalLength } from "./within-normal-length.ts";

/**
 * The form of a Vietnamese text in which it is searched: no marks, đ as d, lower case, single spaces, so that
 * "nguyen duc" finds "Nguyễn Đức". Computed here and stored as a column, so that every database answers alike.
 * @throws RangeError for a text of more than 1,000 characters
 */
export function searchForm(text: string): string {
  return withinNormalLength(text)
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d")
    .replace(/\s+/g, " ")
    .trim();
}
