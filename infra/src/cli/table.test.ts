import { expect, test } from "vitest";
import { table } from "./table.ts";

test("columns are as wide as their widest cell, letters with marks included", () => {
  const decomposed = "Đất".normalize("NFD");
  expect(
    table(
      ["name", "n", "note"],
      [
        [decomposed, "12", ""],
        ["Nguyễn", "3", "late"],
      ],
    ),
  ).toBe(["name    n   note", `${decomposed}     12`, "Nguyễn  3   late"].join("\n"));
});
