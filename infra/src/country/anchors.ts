import { addYears, newYear, type Day } from "./calendar.ts";
import { ENTERPRISES_PER_BLOCK, enterpriseCode } from "./identifiers.ts";
import { ethnicityAt, makeIdentity, type Identity } from "./identity.ts";
import type { Layout, Site } from "./layout.ts";
import { familyName } from "./names.ts";
import { businessWord, trade, type Trade } from "./trades.ts";

/**
 * The people and enterprises of a block that other blocks may name. They are made from (seed, block) alone, before
 * and apart from the rest of their block, so an edge across blocks costs a few microseconds and no memory. All of them
 * are alive (active) today, the people adult since before 2000.
 */
export interface Anchors {
  site: Site;
  /** A couple married in 1993. */
  husband: Identity;
  wife: Identity;
  married: Day;
  /** Divorced: the man from the woman of the partner block, the woman from the man there. */
  divorcedMan: Identity;
  divorcedWoman: Identity;
}

export function anchorsOf(layout: Layout, index: number): Anchors {
  const site = layout.site(index);
  const random = layout.random("anchors", index);
  const ethnicity = ethnicityAt(random, site);
  const family = familyName(random, site.character, ethnicity);
  const wifeBorn = newYear(random.between(1969, 1972)) + random.between(0, 364);
  const husband = makeIdentity(layout, site, 0, random, {
    sex: "MALE",
    born: wifeBorn - random.between(300, 1500),
    familyName: family,
    ethnicity,
  });
  const wife = makeIdentity(layout, site, 1, random, { sex: "FEMALE", born: wifeBorn });
  const divorcedMan = makeIdentity(layout, site, 2, random, {
    sex: "MALE",
    born: newYear(random.between(1972, 1977)) + random.between(0, 364),
  });
  const divorcedWoman = makeIdentity(layout, site, 3, random, {
    sex: "FEMALE",
    born: newYear(random.between(1975, 1981)) + random.between(0, 364),
  });
  return {
    site,
    husband,
    wife,
    married: newYear(1993) + random.between(0, 364),
    divorcedMan,
    divorcedWoman,
  };
}

/** The block whose anchors were once married to this one's: each other's partner, or the last block its own. */
export function partnerBlock(layout: Layout, index: number): number {
  const other = index ^ 1;
  return other < layout.blocks ? other : index;
}

/** The marriage of one block's divorced man with the partner block's divorced woman, the same seen from both. */
export function brokenMarriage(layout: Layout, manOfBlock: number): { from: Day; to: Day } {
  const random = layout.random("divorce", manOfBlock);
  return {
    from: newYear(random.between(2000, 2002)) + random.between(0, 364),
    to: newYear(random.between(2012, 2019)) + random.between(0, 364),
  };
}

/** Windows in which the anchor couple's children were born who now live elsewhere: one each, so they never clash. */
const MIGRANT_WINDOWS = [1995, 1998, 2001] as const;
export const MIGRANTS_PER_BLOCK = MIGRANT_WINDOWS.length;

/** The block where the parents of this block's migrant live (another block for each block), and when it was born. */
export function migrantOrigin(
  layout: Layout,
  block: number,
  which: number,
): { parents: number; born: Day } {
  const offset = 1 + which * Math.max(1, Math.floor(layout.blocks / 4));
  const born =
    newYear(MIGRANT_WINDOWS[which]!) + layout.random(`migrant${which}`, block).between(0, 364);
  return { parents: (block + offset) % layout.blocks, born };
}

export interface EnterpriseAnchor {
  code: string;
  name: string;
  word: string;
  trade: Trade;
  registered: Day;
  site: Site;
}

/** The joint-stock company in slot 0 of every block: employs people of other blocks, holds shares and land there. */
export function anchorCompany(layout: Layout, index: number): EnterpriseAnchor {
  const site = layout.site(index);
  const random = layout.random("company", index);
  const word = businessWord(random);
  const itsTrade = trade(random);
  return {
    code: enterpriseCode(site.commune.province, index, 0),
    name: `Công ty Cổ phần ${itsTrade.vietnamese} ${word} ${bare(site.commune.name)}`,
    word,
    trade: itsTrade,
    registered: newYear(random.between(2002, 2006)) + random.between(0, 364),
    site,
  };
}

const BANK_NAMES = [
  "Sông Hồng",
  "Cửu Long",
  "Trường Sơn",
  "Hoa Sen",
  "Biển Đông",
  "Lạc Hồng",
  "Tràng An",
  "Phương Nam",
];

/** Banks sit in slot 1 of the first blocks; every mortgage of the country is one of theirs. */
export function bankCount(layout: Layout): number {
  return Math.min(BANK_NAMES.length, layout.blocks);
}
export function bank(layout: Layout, index: number): EnterpriseAnchor {
  const site = layout.site(index);
  return {
    code: enterpriseCode(site.commune.province, index, 1),
    name: `Ngân hàng Thương mại Cổ phần ${BANK_NAMES[index]!}`,
    word: BANK_NAMES[index]!,
    trade: { vietnamese: "Ngân hàng", english: "Bank", classes: ["6419", "6499"] },
    registered: newYear(1995) + layout.random("bank", index).between(0, 900),
    site,
  };
}

/** A unit's name without its kind. */
export function bare(name: string): string {
  return name.replace(/^(Phường|Xã|Đặc khu) /, "");
}

/** Slots of a block that its own enterprises may take. */
export const LAST_SLOT = ENTERPRISES_PER_BLOCK - 1;
/** The day on which somebody comes of age. */
export function majority(born: Day): Day {
  return addYears(born, 18);
}
