import { afterAll, beforeAll, expect, test } from "vitest";
import { Platform } from "../harness/platform.ts";
import { COUNTRY, Facts } from "./facts.ts";
import { firstRequest } from "./first-request.ts";

const facts = new Facts();
let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start(COUNTRY);
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

test("from an agency's first request through two owners' approvals to data, then revocation and refusal", async () => {
  const { steps, partly, whole, refused, grant } = await firstRequest(platform.data, () => {});
  const parcel = facts.parcels.get(facts.samples["parcel"]!)!;
  const holders = parcel.rights.map(({ nameOnCertificate, holder }) => ({
    nameOnCertificate,
    holder: "citizen" in holder ? facts.fullName(holder.citizen) : null,
  }));
  const answerWith = (named: boolean) => ({
    parcel: {
      area: parcel.areaSquareMetres,
      rightHolders: expect.toSatisfy(
        (given: { nameOnCertificate: string; citizen: { fullName: string | null } | null }[]) =>
          given.length === holders.length &&
          holders.every(({ nameOnCertificate, holder }) =>
            given.some(
              (each) =>
                each.nameOnCertificate === nameOnCertificate &&
                (each.citizen?.fullName ?? null) === (named ? holder : null),
            ),
          ),
      ),
    },
  });
  expect(partly.data).toEqual(answerWith(false));
  expect(partly.errors!.flatMap(({ extensions }) => extensions.needs!.flat())).toEqual([
    "population:identity",
  ]);
  expect(whole.data).toEqual(answerWith(true));
  expect(whole.errors).toBeUndefined();
  expect(refused.data).toBeUndefined();
  expect(refused.errors![0]!.extensions.code).toBe("AUTHORIZE_GRANT_MISSING");
  expect(steps.map(({ outcome }) => outcome)).toEqual([
    expect.stringContaining("no live grant"),
    `grant ${grant} is requested`,
    expect.stringContaining("population:identity"),
    expect.any(String),
    "refused: AUTHORIZE_GRANT_MISSING",
  ]);
}, 60_000);
