import { searchForm } from "@truc/service";

/** Legal forms as they stand in names: shared by so many companies that they single none out; the filter has `kind`. */
const LEGAL_FORMS =
  /\b(cong ty|trach nhiem huu han|tnhh|co phan|ctcp|mot thanh vien|mtv|hai thanh vien tro len|hop danh|doanh nghiep tu nhan|dntn|ho kinh doanh)\b/g;

const MAX_WORD_LENGTH = 50;

/**
 * The words by which a company is found: those of its names, without marks and in lower case, each once, without the
 * words of the legal form. A name asked for is taken apart the same way, so both databases only compare whole words.
 *
 * "Công ty TNHH Thương mại Minh Đức" has `thuong`, `mai`, `minh` and `duc`.
 */
export function nameWords(...names: (string | null)[]): string[] {
  const words = names.flatMap((name) =>
    searchForm(name ?? "")
      .replace(/[^a-z0-9]+/g, " ")
      .replace(LEGAL_FORMS, " ")
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => word.slice(0, MAX_WORD_LENGTH)),
  );
  return [...new Set(words)];
}
