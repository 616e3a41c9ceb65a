import { anchorsOf, brokenMarriage, migrantOrigin, partnerBlock } from "./anchors.ts";
import { addYears, iso, newYear, TODAY } from "./calendar.ts";
import { born, MARGIN, marry } from "./lives.ts";
import type { Citizen, Workshop } from "./people.ts";

/** Adds the people whom other blocks name, with the families they have here. */
export function settleAnchors(workshop: Workshop): void {
  const { layout, site, random } = workshop;
  const anchors = anchorsOf(layout, site.index);
  const [husband, wife, man, woman] = [
    anchors.husband,
    anchors.wife,
    anchors.divorcedMan,
    anchors.divorcedWoman,
  ].map((identity) => workshop.add({ identity })) as [Citizen, Citizen, Citizen, Citizen];
  marry(husband, wife, anchors.married);
  const child = born(
    workshop,
    newYear(random.between(2006, 2008)) + random.between(0, 364),
    husband,
    wife,
  );
  workshop.house(
    husband,
    anchors.married,
    [
      [wife, "SPOUSE", anchors.married],
      [child, "CHILD", child.born],
    ],
    false,
  );

  const partner = partnerBlock(layout, site.index);
  const partners = partner === site.index ? anchors : anchorsOf(layout, partner);
  const mens = brokenMarriage(layout, site.index);
  man.record.marriages.push({
    spouse: partners.divorcedWoman.pin,
    from: iso(mens.from),
    to: iso(mens.to),
  });
  workshop.house(man, mens.to, []);
  const womens = brokenMarriage(layout, partner);
  woman.record.marriages.push({
    spouse: partners.divorcedMan.pin,
    from: iso(womens.from),
    to: iso(womens.to),
  });
  const son = born(workshop, womens.from + random.between(280, 2500), partners.divorcedMan, woman);
  workshop.house(woman, womens.to, [[son, "CHILD", son.born]]);
}

/** Somebody whose parents live in another province, with a family of their own where there is room. */
export function migrant(workshop: Workshop, which: number): void {
  const { layout, site, random } = workshop;
  const origin = migrantOrigin(layout, site.index, which);
  const anchors = anchorsOf(layout, origin.parents);
  if (workshop.room < 6 || anchors.site.commune.province === site.commune.province) return;
  const sex = random.chance(0.5) ? "MALE" : "FEMALE";
  const citizen = workshop.add(
    {
      birth: {
        sex,
        born: origin.born,
        familyName: anchors.husband.familyName,
        ethnicity: anchors.husband.ethnicity,
        site: anchors.site,
      },
    },
    { father: anchors.husband, mother: anchors.wife },
  );
  const since = addYears(origin.born, 21) + random.between(0, 300);
  if (random.chance(0.5)) {
    workshop.house(citizen, since, []);
    return;
  }
  const spouse = workshop.add({
    birth: {
      sex: sex === "MALE" ? "FEMALE" : "MALE",
      born: origin.born + random.between(-600, 100),
    },
  });
  marry(citizen, spouse, since);
  const [father, mother] = sex === "MALE" ? [citizen, spouse] : [spouse, citizen];
  const child = born(
    workshop,
    Math.min(since + random.between(280, 1500), TODAY - MARGIN),
    father,
    mother,
  );
  workshop.house(citizen, since, [
    [spouse, "SPOUSE", since],
    [child, "CHILD", child.born],
  ]);
}
