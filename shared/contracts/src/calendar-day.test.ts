import fc from "fast-check";
import { expect, test } from "vitest";
import { monthOf } from "./audit/month-keys.ts";
import { dayInVietNam, dayOf } from "./calendar-day.ts";

/** Moments around midnights, in Viet Nam too, and ends of months, so that one day follows another often. */
const time = fc
  .tuple(
    fc.constantFrom(951_782_400_000, 946_684_800_000, 1_772_323_200_000, 4_102_444_800_000),
    fc.integer(),
  )
  .map(([around, off]) => around + (off % 100_000_000));

test("days and months are those of the moment asked for, whichever were asked for before", () => {
  fc.assert(
    fc.property(fc.array(time), (times) => {
      for (const each of times) {
        const date = new Date(each);
        const two = (number: number): string => String(number).padStart(2, "0");
        const month = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}`;
        expect(dayOf(each)).toBe(`${month}-${two(date.getUTCDate())}`);
        expect(monthOf(each)).toBe(month);
        expect(dayInVietNam(date)).toBe(
          date.toLocaleDateString("sv-SE", { timeZone: "Asia/Ho_Chi_Minh" }),
        );
      }
    }),
  );
});

test("what is no time has no day, and changes nothing for the next one", () => {
  expect(dayOf(0)).toBe("1970-01-01");
  expect(() => dayOf(Number.NaN)).toThrow(RangeError);
  expect(dayOf(86_400_000)).toBe("1970-01-02");
});
