import { numberScalar } from "./scalar.ts";

export const VND = numberScalar({
  name: "VND",
  description: "An amount of money in whole Vietnamese đồng, never negative.",
  rule: "an amount is a whole number of đồng, zero or more and at most 9007199254740991",
  valid: (value) => Number.isSafeInteger(value) && value >= 0,
});

export const SquareMetres = numberScalar({
  name: "SquareMetres",
  description: "An area in square metres, more than zero, with at most one decimal.",
  rule: "an area is a positive number of square metres with at most one decimal",
  // 0.1 has no exact binary form: what counts is that the shortest text of the number has one decimal at most.
  valid: (value) => value > 0 && value < 1e12 && /^\d+(\.\d)?$/.test(String(value)),
});
