import { describe, expect, it } from "vitest";
import { readFieldWords } from "./field-words.ts";
import { SUPERGRAPH } from "./test-view.ts";

const words = readFieldWords(SUPERGRAPH);

describe("words", () => {
  it("are labels made of the supergraph's descriptions", () => {
    expect(words.ofType("Citizen")).toBe("A person");
    expect(words.ofField("Citizen.name")).toBe("The full name, as it is spelt");
  });

  it("are the name where nothing is described", () => {
    expect(words.ofType("ShareConnection")).toBe("Share connection");
    expect(words.ofField("Citizen.home")).toBe("Home");
  });

  it("are missing for what is not known", () => {
    expect(words.ofType("Gone")).toBeNull();
    expect(words.ofField("Citizen.gone")).toBeNull();
    expect(words.ofField("Gone.name")).toBeNull();
    expect(words.ofField("Citizen")).toBeNull();
  });
});

describe("whose data objects of a type can hold", () => {
  it.each([
    ["Citizen", "herself"],
    ["Home", "that of the object around it"],
    ["Place", "an interface's implementers'"],
    ["Share", "one of two paths"],
    ["ShareConnection", "what a page of it is of"],
    ["Deed", "that of the object around it, which is of a path"],
  ])("a citizen's: %s (%s)", (type) => {
    expect(words.isOf(type, "Citizen")).toBe(true);
  });

  it.each(["Boat", "Engine", "Harbour", "Query", "Gone"])("not a citizen's: %s", (type) => {
    expect(words.isOf(type, "Citizen")).toBe(false);
  });

  it("a boat's: its engine, and shares of it", () => {
    const types = ["Boat", "Citizen", "Deed", "Engine", "Harbour", "Home", "Share"];
    expect(types.filter((type) => words.isOf(type, "Boat"))).toEqual([
      "Boat",
      "Deed",
      "Engine",
      "Share",
    ]);
  });
});

it("registers know entities whose key they resolve", () => {
  expect(words.registersKnowing("Citizen")).toEqual(["boats", "people"]);
  expect(words.registersKnowing("Boat")).toEqual(["boats"]);
  expect(words.registersKnowing("Gone")).toEqual([]);
});
