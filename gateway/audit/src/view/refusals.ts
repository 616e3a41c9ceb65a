import { argumentInvalid, type Database, type SubgraphContext } from "@truc/service";
import { sql } from "kysely";
import { demandAuditor, rightsOf, type RoleSource } from "./rights.ts";

export interface RefusalsParts {
  readonly authority: RoleSource;
  readonly now: () => Date;
}

interface RefusalsArguments {
  from?: Date | null;
  to?: Date | null;
  source?: string | null;
  code?: string | null;
}

/** RefusalCount of the schema. */
interface RefusalCount {
  readonly source: string;
  readonly code: string;
  readonly requests: number;
  readonly firstMinute: Date;
  readonly lastMinute: Date;
}

const DAY_MS = 24 * 3_600_000;
const MAX_DAYS = 31;
const MAX_ROWS = 500;

/** What was counted instead of recorded, by source and code, the most frequent first. For auditors. */
export async function refusals(
  { authority, now }: RefusalsParts,
  args: RefusalsArguments,
  { db, permit }: SubgraphContext,
): Promise<RefusalCount[]> {
  demandAuditor(await rightsOf(authority, permit.person));
  const to = args.to ?? now();
  const from = args.from ?? new Date(to.getTime() - DAY_MS);
  if (from > to) throw argumentInvalid("from", "a period begins before it ends");
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS)
    throw argumentInvalid("from", `a period has at most ${MAX_DAYS} days`);
  return await readRefusals(db, { ...args, from, to });
}

async function readRefusals(
  db: Database,
  { from, to, source, code }: { from: Date; to: Date } & Pick<RefusalsArguments, "source" | "code">,
): Promise<RefusalCount[]> {
  const { rows } = await sql<RefusalCount>`
    select source, code, sum(count)::float8 as requests,
      min(minute) as "firstMinute", max(minute) as "lastMinute"
    from audit_refusals
    where minute >= ${from} and minute < ${to}
      and (${source ?? null}::text is null or source = ${source ?? null})
      and (${code ?? null}::text is null or code = ${code ?? null})
    group by source, code
    order by requests desc, source, code
    limit ${MAX_ROWS}`.execute(db.kysely);
  return rows;
}
