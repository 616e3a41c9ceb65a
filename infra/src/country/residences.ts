import { ageOn, iso, TODAY, type Day } from "./calendar.ts";
import { placeIn } from "./layout.ts";
import type { Person, Place } from "./model.ts";
import { addressLine } from "./names.ts";
import type { Citizen, Home, Workshop } from "./people.ts";

/**
 * Where everybody has lived: as registered, with the codes of the day of registration. About a fifth of the
 * households moved here from another province (before or after the reform of 2025-07-01), and some adults are away.
 */
export function reside(workshop: Workshop): void {
  for (const home of workshop.homes) {
    if (workshop.random.chance(0.2)) move(workshop, home);
    for (const member of home.members) register(workshop, home, member);
  }
}

function move(workshop: Workshop, home: Home): void {
  const { random, layout, site } = workshop;
  const from = layout.elsewhere(random, site.commune.province);
  if (from === null || workshop.spared.has(home.head.record.pin)) return;
  const earliest = Math.max(home.since + 30, random.chance(0.35) ? TODAY - 480 : TODAY - 9000);
  if (earliest > TODAY - 20) return;
  home.moved = {
    on: random.between(earliest, TODAY - 20),
    from,
    earlier: random.pick(from.commune.earlier),
    line: addressLine(random, from.commune.urban),
  };
  home.record.place = workshop.place(home, home.moved.on);
}

function register(workshop: Workshop, home: Home, citizen: Citizen): void {
  const { random, spared } = workshop;
  const { record } = citizen;
  const add = (
    kind: Person["residences"][number]["kind"],
    place: Place,
    from: Day,
    to: Day | null,
  ): void => {
    const end = to ?? citizen.died;
    record.residences.push({ kind, place, from: iso(from), to: end === null ? null : iso(end) });
  };
  const { moved } = home;
  const gone = moved !== null && citizen.died !== null && citizen.died <= moved.on;
  if (moved !== null && citizen.joined < moved.on) {
    const there = placeIn(moved.from, moved.earlier, citizen.joined, moved.line);
    add("PERMANENT", there, citizen.joined, gone ? citizen.died : moved.on);
    if (gone) {
      record.province = moved.from.commune.province;
      return;
    }
  }
  const from = moved === null ? citizen.joined : Math.max(moved.on, citizen.joined);
  const here = workshop.place(home, from);
  add("PERMANENT", here, from, null);
  const away =
    citizen.died === null &&
    !spared.has(record.pin) &&
    ageOn(citizen.born, TODAY) >= 18 &&
    random.chance(0.04)
      ? workshop.layout.elsewhere(random, workshop.site.commune.province)
      : null;
  const left = random.between(from + 30, TODAY - 10);
  if (away === null || citizen === home.head || from + 30 > TODAY - 10) {
    add("CURRENT", here, from, null);
    return;
  }
  const line = addressLine(random, away.commune.urban);
  const there = placeIn(away, random.pick(away.commune.earlier), left, line);
  add("CURRENT", here, from, left);
  add("TEMPORARY", there, left, null);
  add("CURRENT", there, left, null);
  record.province = away.commune.province;
}
