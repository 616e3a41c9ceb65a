import { expect, test } from "vitest";
import { nameWords } from "./name-words.ts";

test.each([
  ["Công ty TNHH Thương mại Minh Đức", ["thuong", "mai", "minh", "duc"]],
  [
    "CÔNG TY CỔ PHẦN ĐẦU TƯ & XÂY DỰNG SÔNG HỒNG 9",
    ["dau", "tu", "xay", "dung", "song", "hong", "9"],
  ],
  ["Công ty trách nhiệm hữu hạn một thành viên Phan Gia", ["phan", "gia"]],
  ["Hộ kinh doanh Cơm tấm Cơm", ["com", "tam"]],
  ["Công ty Cổ phần", []],
])("takes %s apart", (name, words) => {
  expect(nameWords(name)).toEqual(words);
});

test("takes all names together, each word once", () => {
  expect(nameWords("Công ty TNHH Minh Đức", "Minh Duc Trading Co.", null)).toEqual([
    "minh",
    "duc",
    "trading",
    "co",
  ]);
});
