import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { searchForm } from "./search-form.ts";
import { searchText } from "./search-text.ts";
import { sortKey } from "./sort-key.ts";

const byKey = (texts: string[]) =>
  texts
    .map((text) => [sortKey(text), text] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text);

describe("the search form", () => {
  it.each([
    ["Nguyễn Đức", "nguyen duc"],
    ["  NGUYỄN   THỊ  ÁNH\tHỒNG ", "nguyen thi anh hong"],
    ["Đặng Thùy Trâm", "dang thuy tram"],
    ["Ỷ Lan", "y lan"],
    ["Công ty TNHH Bưởi 36", "cong ty tnhh buoi 36"],
    ["", ""],
  ])("of %j is %j", (text, form) => {
    expect(searchForm(text)).toBe(form);
    expect(searchForm(text.normalize("NFD"))).toBe(form);
  });

  it("is its own search form", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        (text) => searchForm(searchForm(text)) === searchForm(text),
      ),
    );
  });
});

describe("the sort key", () => {
  it.each([
    [
      "the letters of the alphabet",
      [
        "a",
        "ă",
        "â",
        "b",
        "c",
        "d",
        "đ",
        "e",
        "ê",
        "g",
        "h",
        "i",
        "k",
        "l",
        "m",
        "n",
        "o",
        "ô",
        "ơ",
        "p",
        "q",
        "r",
        "s",
        "t",
        "u",
        "ư",
        "v",
        "x",
        "y",
      ],
    ],
    ["tones, where the letters agree", ["ma", "mà", "mả", "mã", "má", "mạ"]],
    ["letters before tones", ["Tạ", "Tam", "Tám", "Tăm", "Tâm", "Tấm"]],
    ["word by word", ["An", "Án", "An Bình", "Ang", "Ân"]],
    ["the first word's tone before the second's", ["Nguyên An", "Nguyên Án", "Nguyễn An"]],
    ["D and Đ as two letters", ["Dũng", "Duy", "Đào", "Đức"]],
    ["digits before letters", ["36", "4", "A"]],
    ["foreign letters behind", ["Zy", "ß"]],
  ])("orders %s", (_case, ordered) => {
    expect(byKey(ordered.toReversed())).toEqual(ordered);
  });

  it("makes no difference between two ways of writing the same", () => {
    expect(sortKey("Hòa Bình")).toBe(sortKey("Hoà  BÌNH"));
    expect(sortKey("Nguyễn".normalize("NFD"))).toBe(sortKey("Nguyễn"));
  });

  it("is plain ASCII, whatever the text, so that every database compares it alike", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => /^[!-~]*$/.test(sortKey(text))),
    );
  });
});

describe("a text to search for", () => {
  it("is passed on as it is", () => {
    expect(searchText("name", "Nguyễn Đức")).toBe("Nguyễn Đức");
    expect(searchText("name", "a".repeat(200))).toBe("a".repeat(200));
  });

  it("is refused when it is too long, before it is normalised", () => {
    const marks = "a" + "\u0301\u0323".repeat(150_000);
    const normalize = vi.spyOn(String.prototype, "normalize");
    expect(() => searchText("filter.name", marks)).toThrow(
      'Argument "filter.name": a text to search for has at most 200 characters.',
    );
    expect(() => searchForm(marks)).toThrow(RangeError);
    expect(() => sortKey(marks)).toThrow(RangeError);
    expect(normalize).not.toHaveBeenCalled();
    normalize.mockRestore();
  });

  it.each(["An\u0000", "An\tBình", "\u007f", "\u0085"])(
    "is refused with a control character: %j",
    (text) => {
      expect(() => searchText("name", text)).toThrow(
        'Argument "name": a text to search for holds no control characters.',
      );
    },
  );
});
