import {
  afterKey,
  argumentInvalid,
  type CursorValue,
  type Database,
  type RowLimit,
} from "@truc/service";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { SelectiveFilter } from "../citizen-filter.ts";
import { spansOfToday, type UnitSpan } from "./administrative-unit.ts";
import { type Citizen, citizens, wholeCitizens } from "./citizen.ts";
import { citizenWithin } from "./within-limit.ts";

/** What sorts a search's citizens: Vietnamese order of given name first. */
const SORT = ["given_name_sort", "middle_name_sort", "family_name_sort", "pin"] as const;

/** What cursors hold: a number that tells nothing of the person, as names and PINs are not every caller's to see. */
export const CITIZEN_CURSOR = ["record_number"] as const;

type Builder = ExpressionBuilder<any, any>;

/**
 * Citizens that fit a filter and that limits let through; one more than `first` where there are more.
 * @param after the record number of the citizen to go on after
 * @throws GraphQLError ARGUMENT_INVALID when the commune is none of today, or nobody who fits the filter and
 * the limits has the cursor's record
 */
export async function findCitizens(
  db: Database,
  filter: SelectiveFilter,
  limit: RowLimit,
  page: { first: number; after: CursorValue[] | null },
): Promise<Citizen[]> {
  const spans = filter.commune === null ? null : await communeSpans(db, filter.commune);
  const fits = (row: Builder): Expression<SqlBool> =>
    row.and([fitting(db, row, filter, spans), citizenWithin(limit)(row)]);
  const after = page.after === null ? null : await sortValues(db, page.after[0]!, fits);
  const rows = await citizens(db)
    .where(fits)
    .where(afterKey(SORT, after))
    .orderBy(SORT[0])
    .orderBy(SORT[1])
    .orderBy(SORT[2])
    .orderBy(SORT[3])
    .limit(page.first + 1)
    .execute();
  return wholeCitizens(rows);
}

function fitting(
  db: Database,
  row: Builder,
  { name, birthDate, province, householdNumber }: SelectiveFilter,
  spans: readonly UnitSpan[] | null,
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [];
  if (householdNumber !== null) conditions.push(row("pin", "in", membersNow(db, householdNumber)));
  if (name !== null) conditions.push(named(row, name));
  if (birthDate !== null && birthDate.from === birthDate.to) {
    conditions.push(row("birth_date", "=", birthDate.from));
  } else if (birthDate !== null) {
    conditions.push(row("birth_date", ">=", birthDate.from), row("birth_date", "<=", birthDate.to));
  }
  if (province !== null) conditions.push(row("residence_province", "=", province));
  if (spans !== null) conditions.push(livesIn(row, spans));
  return row.and(conditions);
}

function membersNow(db: Database, household: string) {
  return db.kysely
    .selectFrom("household_member")
    .select("pin")
    .where("household", "=", household)
    .where("valid_to", "is", null);
}

function named(
  row: Builder,
  { form, whole }: { form: string; whole: boolean },
): Expression<SqlBool> {
  return whole
    ? row.or([row("full_name_search", "=", form), row("short_name_search", "=", form)])
    : row("given_name_search", "=", form);
}

/** A home's commune code, each meant on the day of its recording. The list in front is what an index can be entered by. */
function livesIn(row: Builder, spans: readonly UnitSpan[]): Expression<SqlBool> {
  return row.and([
    row("residence_commune", "in", [...new Set(spans.map(({ code }) => code))]),
    row.or(
      spans.map(({ code, from, to }) =>
        row.and([
          row("residence_commune", "=", code),
          row("residence_as_of", ">=", from),
          ...(to === null ? [] : [row("residence_as_of", "<", to)]),
        ]),
      ),
    ),
  ]);
}

async function communeSpans(db: Database, commune: string): Promise<UnitSpan[]> {
  const spans = await spansOfToday(db, commune);
  if (!spans.some(({ to }) => to === null)) {
    throw argumentInvalid("filter", "a commune is given by the code it has today");
  }
  return spans;
}

/** Of a record that fits the same filter and limits: where another stands in the order is not for the asking. */
async function sortValues(
  db: Database,
  recordNumber: CursorValue,
  fits: (row: Builder) => Expression<SqlBool>,
): Promise<CursorValue[]> {
  const row =
    typeof recordNumber === "number"
      ? await db.kysely
          .selectFrom("citizen")
          .select([...SORT])
          .where("record_number", "=", recordNumber)
          .where(fits)
          .$castTo<Record<(typeof SORT)[number], string>>()
          .executeTakeFirst()
      : undefined;
  if (row === undefined) {
    throw argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
  }
  return SORT.map((column) => row[column]);
}
