import { createHash } from "node:crypto";
import { AuditContext } from "@truc/contracts";
import { expect, test } from "vitest";
import type { FieldRefusal } from "../authorize/filtered.ts";
import { type ContextFacts, Contexts } from "./contexts.ts";

const FACTS: ContextFacts = {
  system: "portal",
  agency: "portal-agency",
  purpose: "CARE",
  legalBasis: "Act 1\nsection 2",
  grant: "g1",
  disclosureDelayDays: 0,
  operationName: null,
  decision: "filtered",
};
const FIELDS = { PUBLIC: ["B.b", "A.a"], BASIC: ["Citizen.id"], SENSITIVE: [] };
const refusal = (coordinate: string): FieldRefusal => ({
  path: ["anything", "a caller's alias"],
  coordinate,
  code: "UNAUTHORIZED_FIELD_OR_TYPE",
  needs: [],
});
const REFUSALS = ["Z.z", "Citizen.name", "Z.z"].map(refusal);

test("a context says who asked for which fields and why, coordinates sorted and each once", () => {
  const { digest, text } = new Contexts().of(FACTS, FIELDS, REFUSALS);
  expect(AuditContext.parse(JSON.parse(text))).toEqual({
    ...FACTS,
    fields: { PUBLIC: ["A.a", "B.b"], BASIC: ["Citizen.id"], SENSITIVE: [] },
    refused: ["Citizen.name", "Z.z"],
  });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(AuditContext.shape));
  expect(digest).toBe(createHash("sha256").update(text).digest("base64url"));
  expect(text).not.toContain("alias");
});

test("the same of everything is the same object, whoever asks; anything else is another", () => {
  const contexts = new Contexts();
  const first = contexts.of(FACTS, FIELDS, REFUSALS);
  expect(contexts.of({ ...FACTS }, FIELDS, REFUSALS.slice(1))).toBe(first);
  const others = [
    ...Object.entries({
      system: "other",
      agency: null,
      purpose: null,
      legalBasis: null,
      grant: null,
      disclosureDelayDays: 90,
      operationName: "Named",
      decision: "allowed" as const,
    }).map(([name, value]) => contexts.of({ ...FACTS, [name]: value }, FIELDS, REFUSALS)),
    contexts.of(FACTS, { ...FIELDS, BASIC: [] }, REFUSALS),
    contexts.of(FACTS, FIELDS, []),
    // A name may hold whatever stands between names.
    contexts.of({ ...FACTS, system: "portal\nportal-agency", agency: "CARE" }, FIELDS, REFUSALS),
    contexts.of({ ...FACTS, agency: "null" }, FIELDS, REFUSALS),
  ];
  const digests = [first, ...others].map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(digests.length);
});

test("systems that ask in turn each have their own, as often as they come back", () => {
  const contexts = new Contexts();
  const asked = ["portal", "office", "portal", "office", "portal"].map(
    (system, turn) =>
      contexts.of({ ...FACTS, system, grant: turn === 4 ? "g2" : "g1" }, FIELDS, []).text,
  );
  expect(
    asked
      .map((text) => AuditContext.parse(JSON.parse(text)))
      .map((each) => [each.system, each.grant]),
  ).toEqual([
    ["portal", "g1"],
    ["office", "g1"],
    ["portal", "g1"],
    ["office", "g1"],
    ["portal", "g2"],
  ]);
  // More systems than are remembered.
  for (let n = 0; n < 500; n += 1)
    expect(contexts.of({ ...FACTS, system: `s${n}` }, FIELDS, []).text).toContain(`"s${n}"`);
  expect(contexts.of({ ...FACTS, system: "s0" }, FIELDS, []).text).toContain('"s0"');
});
