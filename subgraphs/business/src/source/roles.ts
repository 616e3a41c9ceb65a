import { afterKey, type CursorValue, defineRowLoader, withinPins } from "@truc/service";
import { sql } from "kysely";
import { withinLimit } from "./within-limit.ts";

/** What a citizen is to a company, in the order roles are listed in. */
export const ROLES = ["REPRESENTATIVE", "OWNER"] as const;
export type Role = (typeof ROLES)[number];

/** One role of a citizen in a company; a share for owners, a title for representatives. */
export interface RoleRow {
  citizen: string;
  company: string;
  /** Place in ROLES. */
  role: number;
  /** Tells an owner's entries in one company apart; empty for a representative. */
  id: string;
  title: string | null;
  share_numerator: number | null;
  share_denominator: number | null;
  valid_from: string;
  valid_to: string | null;
}

/** The columns that order a citizen's roles and make its cursors. */
export const ROLE_KEY = [
  "company",
  "role",
  "valid_from",
  "id",
] as const satisfies readonly (keyof RoleRow)[];

export interface RolePage {
  /** Roles to read, at least one. */
  roles: readonly Role[];
  first: number;
  after: readonly CursorValue[] | null;
}

/**
 * A page of each citizen's roles in companies within the limit, one row more than the page has where more follow: one
 * statement for all citizens, cut off per citizen inside the database. Somebody else is not looked up by her number, not
 * even for companies she shares with one of the people.
 */
export const rolesOf = defineRowLoader<string, RoleRow[], RolePage>({
  name: "rolesOf",
  missing: [],
  async batch(db, citizens, limit, { roles, first, after }) {
    const inCompaniesOf = (table: string) =>
      withinLimit(limit, { province: `${table}.province`, company: `${table}.company` });
    const representations = db.kysely
      .selectFrom("company_representative")
      .select(["citizen", "company", "title", "valid_from", "valid_to"])
      .select([
        sql<number>`0`.as("role"),
        sql<string>`''`.as("id"),
        sql<number | null>`cast(null as decimal(19))`.as("share_numerator"),
        sql<number | null>`cast(null as decimal(19))`.as("share_denominator"),
      ])
      .where("citizen", "in", citizens)
      .where(withinPins(limit, "company_representative.citizen"))
      .where(inCompaniesOf("company_representative"));
    const shares = db.kysely
      .selectFrom("company_owner")
      .select(["citizen", "company"])
      .select([sql<string | null>`null`.as("title"), "valid_from", "valid_to"])
      .select([sql<number>`1`.as("role"), "id", "share_numerator", "share_denominator"])
      .where("citizen", "in", citizens)
      .where(withinPins(limit, "company_owner.citizen"))
      .where(inCompaniesOf("company_owner"));
    const all =
      roles.length === 1
        ? roles[0] === "OWNER"
          ? shares
          : representations
        : representations.unionAll(shares);
    const numbered = db.kysely
      .selectFrom(all.as("entry"))
      .selectAll("entry")
      .select(
        sql<number>`row_number() over (partition by citizen order by company, role, valid_from, id)`.as(
          "place",
        ),
      )
      .where(afterKey(ROLE_KEY, after));
    const rows = await db.kysely
      .selectFrom(numbered.as("numbered"))
      .select([
        "citizen",
        "company",
        "role",
        "id",
        "title",
        "share_numerator",
        "share_denominator",
        "valid_from",
        "valid_to",
      ])
      .where("place", "<=", first + 1)
      .orderBy("citizen")
      .orderBy("place")
      .execute();
    return Map.groupBy(rows as RoleRow[], ({ citizen }) => citizen);
  },
});
