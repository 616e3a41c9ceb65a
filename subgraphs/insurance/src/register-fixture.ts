import { enterpriseCheckDigit } from "@truc/contracts";
import { type Database, migrate, openDatabase } from "@truc/service";
import {
  createTestDatabase,
  type DatabaseServer,
  startSubgraph,
  type TestSubgraph,
} from "@truc/service/testing";
import { sql } from "kysely";
import { config } from "./config.ts";
import { subgraph } from "./server.ts";

/** Rows for the register's tables, profiles first. */
export type TableRows = Record<
  "profile" | "contribution" | "benefit" | "health_card",
  Record<string, unknown>[]
>;

/** A register of a test's own: a fresh database with the given rows, served. */
export interface TestRegister {
  served: TestSubgraph;
  db: Database;
  close(): Promise<void>;
}

/** Starts the register over a fresh database on a server and fills it. */
export async function startRegister(
  server: DatabaseServer,
  rows: TableRows,
): Promise<TestRegister> {
  const database = await createTestDatabase(server);
  const db = openDatabase(database.url, { maxConnections: 2 });
  await migrate(db, config.migrations);
  await fill(db, rows);
  const served = await startSubgraph(subgraph, database.url);
  return {
    served,
    db,
    async close() {
      await served.stop();
      await db.close();
      await database.drop();
    },
  };
}

const ROWS_PER_STATEMENT = 1_000;

/** Inserts the rows and brings the planner's statistics up to date. */
export async function fill(db: Database, tables: TableRows): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      await db.kysely
        .insertInto(table)
        .values(rows.slice(start, start + ROWS_PER_STATEMENT))
        .execute();
    }
  }
  const names = Object.keys(tables).join(", ");
  await sql
    .raw(db.dialect === "postgres" ? `analyze ${names}` : `analyze table ${names}`)
    .execute(db.kysely);
}

/** The PIN of the nth invented person. */
export function pinOf(n: number): string {
  return `901200${String(n).padStart(6, "0")}`;
}

/** The social insurance number of the nth person. */
export function numberOf(n: number): string {
  return `0190${String(n).padStart(6, "0")}`;
}

/** The code of the nth invented company; serials that are never issued are left out. */
export function companyOf(n: number): string {
  for (let serial = n * 2; ; serial++) {
    const digits = `019${String(serial).padStart(6, "0")}`;
    const check = enterpriseCheckDigit(digits);
    if (check !== null) return `${digits}${check}`;
  }
}

/** A profile row with a social insurance number that the PIN replaced. */
export function profileRow(
  n: number,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    pin: pinOf(n),
    social_insurance_number: numberOf(n),
    number_from: "2010-03-01",
    number_to: "2025-07-31",
    pin_from: "2025-08-01",
    province: "01",
    province_as_of: "2025-07-01",
    synthetic: true,
    ...overrides,
  };
}

/** A contribution of the nth person. */
export function contributionRow(
  id: string,
  n: number,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id,
    pin: pinOf(n),
    employer: companyOf(1),
    from_date: "2020-01-01",
    to_date: null,
    salary_base: 8_500_000,
    kind: "COMPULSORY",
    province: "01",
    ...overrides,
  };
}

/** A health card of the nth person, by the first three characters of its number. */
export function cardRow(
  typeAndLevel: string,
  n: number,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    number: `${typeAndLevel}01${numberOf(n)}`,
    from_date: "2020-01-01",
    to_date: null,
    pin: pinOf(n),
    clinic_code: "01001",
    clinic_name: "Bệnh viện Ba Đình",
    five_years_from: "2025-01-01",
    province: "01",
    ...overrides,
  };
}
