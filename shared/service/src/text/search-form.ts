/**
 * The form of a Vietnamese text in which it is searched: no marks, đ as d, lower case, single spaces, so that
 * "nguyen duc" finds "Nguyễn Đức". Computed here and stored as a column, so that every database answers alike.
 */
export function searchForm(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d")
    .replace(/\s+/g, " ")
    .trim();
}
