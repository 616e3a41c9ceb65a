import type { Database } from "@truc/service";
import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import { epochSeconds } from "./signing-keys.ts";
import { type Tables, tablesOf } from "./tables.ts";
import { unlessThere } from "./unless-there.ts";

/**
 * What oidc-provider keeps between requests, in the authority's database: so that a restart forgets nothing and
 * several authorities share it. One table for all of its models; expired rows count as absent.
 */
export function providerState(db: Database, model: string): Adapter {
  switch (model) {
    case "ReplayDetection":
      return new ReplayGuard(db, model);
    case "AuthorizationCode":
      return new OneTimeState(db, model);
    default:
      return new StoredState(db, model);
  }
}

/** Removes what has expired. @returns how many rows */
export async function removeExpiredState(
  db: Database,
  nowSeconds = epochSeconds(),
): Promise<number> {
  const result = await tablesOf(db)
    .deleteFrom("provider_state")
    .where("expires_at", "<=", nowSeconds)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

class StoredState implements Adapter {
  protected readonly db: Database;
  protected readonly model: string;

  constructor(db: Database, model: string) {
    this.db = db;
    this.model = model;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const row = this.row(id, payload, expiresIn);
    const insert = tablesOf(this.db).insertInto("provider_state").values(row);
    await (
      this.db.dialect === "postgres"
        ? insert.onConflict((conflict) => conflict.columns(["model", "id"]).doUpdateSet(row))
        : insert.onDuplicateKeyUpdate(row)
    ).execute();
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return await this.findBy("id", id);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return await this.findBy("uid", uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return await this.findBy("user_code", userCode);
  }

  async consume(id: string): Promise<void> {
    await tablesOf(this.db)
      .updateTable("provider_state")
      .set({ consumed_at: epochSeconds() })
      .where("model", "=", this.model)
      .where("id", "=", id)
      .execute();
  }

  async destroy(id: string): Promise<void> {
    await tablesOf(this.db)
      .deleteFrom("provider_state")
      .where("model", "=", this.model)
      .where("id", "=", id)
      .execute();
  }

  /** Everything that hangs on one consent goes at once, whichever model it is of. */
  async revokeByGrantId(grantId: string): Promise<void> {
    await tablesOf(this.db).deleteFrom("provider_state").where("grant_id", "=", grantId).execute();
  }

  protected row(
    id: string,
    payload: AdapterPayload,
    expiresIn: number | undefined,
  ): Tables["provider_state"] {
    return {
      model: this.model,
      id,
      payload: JSON.stringify(payload),
      grant_id: payload.grantId ?? null,
      uid: payload.uid ?? null,
      user_code: payload.userCode ?? null,
      consumed_at: null,
      expires_at: expiresIn === undefined ? null : epochSeconds() + Math.ceil(expiresIn),
    };
  }

  private async findBy(
    column: "id" | "uid" | "user_code",
    value: string,
  ): Promise<AdapterPayload | undefined> {
    const row = await tablesOf(this.db)
      .selectFrom("provider_state")
      .select(["payload", "consumed_at"])
      .where("model", "=", this.model)
      .where(column, "=", value)
      .where((where) =>
        where.or([where("expires_at", "is", null), where("expires_at", ">", epochSeconds())]),
      )
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const payload = JSON.parse(row.payload) as AdapterPayload;
    return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at };
  }
}

/**
 * Which assertions and proofs have been used. oidc-provider looks first and writes then, so two copies sent at once
 * would both pass: here the insert decides, and whoever comes second is refused.
 */
class ReplayGuard extends StoredState {
  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    if (!(await insertOnce(this.db, this.row(id, payload, expiresIn))))
      throw new errors.InvalidClientAuth("client assertion tokens must only be used once");
  }
}

/**
 * Codes work once. oidc-provider looks whether one was used, and marks it then; of two requests at once the mark
 * decides.
 */
class OneTimeState extends StoredState {
  override async consume(id: string): Promise<void> {
    const { numUpdatedRows } = await tablesOf(this.db)
      .updateTable("provider_state")
      .set({ consumed_at: epochSeconds() })
      .where("model", "=", this.model)
      .where("id", "=", id)
      .where("consumed_at", "is", null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new errors.InvalidGrant("authorization code already consumed");
  }
}

/**
 * Uses an id up, for all authorities on this database.
 * @param use.kind what it is the id of; ids of different kinds do not meet
 * @param use.expiresIn how long it is remembered, in seconds
 * @returns false when it was used before
 */
export async function useOnce(
  db: Database,
  use: { kind: string; id: string; expiresIn: number },
): Promise<boolean> {
  return await insertOnce(db, {
    model: use.kind,
    id: use.id,
    payload: "{}",
    grant_id: null,
    uid: null,
    user_code: null,
    consumed_at: null,
    expires_at: epochSeconds() + Math.ceil(use.expiresIn),
  });
}

async function insertOnce(db: Database, row: Tables["provider_state"]): Promise<boolean> {
  const tables = tablesOf(db);
  const insert = unlessThere(db, tables.insertInto("provider_state").values(row));
  const { numInsertedOrUpdatedRows } = await insert.executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return true;
  // The row may be one that expired and was not removed yet; then the id is free again.
  const { numUpdatedRows } = await tables
    .updateTable("provider_state")
    .set(row)
    .where("model", "=", row.model)
    .where("id", "=", row.id)
    .where("expires_at", "<=", epochSeconds())
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
