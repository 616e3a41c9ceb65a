import type { FeedGrant, FeedSystem, RegistrySnapshot } from "@truc/contracts";
import type { Database } from "@truc/service";
import type { JWK } from "jose";
import type { Transaction } from "kysely";
import { type Tables, tablesOf } from "../tables.ts";
import { isAllowed, readRules } from "./operation-owners.ts";
import { limitsOf, readTerms } from "./terms.ts";

/**
 * All of the registry that routers decide by, as it stood at one moment: twelve statements in one transaction, however
 * much is registered. Of a grant it holds what was approved and lies within its purpose's ceiling of today; grants that
 * nobody has approved a scope of, and those that are revoked, rejected or ended, are not in it.
 */
export async function registrySnapshot(db: Database): Promise<RegistrySnapshot> {
  return await tablesOf(db)
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (tx) => {
      const { revision } = await tx
        .selectFrom("registry_revision")
        .select("revision")
        .where("id", "=", 1)
        .executeTakeFirstOrThrow();
      const agencies = await tx.selectFrom("agency").select(["id", "name"]).orderBy("id").execute();
      const scopes = await tx
        .selectFrom("scope")
        .select(["name", "owner"])
        .orderBy("name")
        .execute();
      const purposes = await readPurposes(tx);
      const { grants, operations } = await readGrants(tx, purposes, scopes);
      const suspended = await tx
        .selectFrom("subject")
        .innerJoin("person", "person.id", "subject.person")
        .select("subject.subject")
        .where("person.status", "=", "suspended")
        .orderBy("subject.subject")
        .execute();
      return {
        revision: Number(revision),
        agencies,
        scopes,
        purposes,
        systems: await readSystems(tx),
        grants,
        operations,
        suspendedSubjects: suspended.map(({ subject }) => subject),
      };
    });
}

async function readPurposes(tx: Transaction<Tables>): Promise<RegistrySnapshot["purposes"]> {
  const purposes = await tx
    .selectFrom("purpose")
    .select(["code", "text", "legal_basis", "disclosure_delay_days"])
    .orderBy("code")
    .execute();
  const ceilings = grouped(
    await tx
      .selectFrom("purpose_scope")
      .select(["purpose as of", "scope as item"])
      .orderBy("scope")
      .execute(),
  );
  return purposes.map(({ code, text, legal_basis, disclosure_delay_days }) => ({
    code,
    text,
    legalBasis: legal_basis,
    ceiling: ceilings.get(code) ?? [],
    disclosureDelayDays: disclosure_delay_days,
  }));
}

async function readSystems(tx: Transaction<Tables>): Promise<FeedSystem[]> {
  const systems = await tx
    .selectFrom("system")
    .innerJoin("agency", "agency.id", "system.agency")
    .select(["system.id", "system.agency", "system.name", "system.status", "system.dpop"])
    .select("agency.status as agency_status")
    .orderBy("system.id")
    .execute();
  const keys = await tx
    .selectFrom("system_key")
    .select(["system", "thumbprint", "kid", "jwk"])
    .where("status", "=", "active")
    .orderBy("thumbprint")
    .execute();
  const keysOf = grouped(
    keys.map(({ system, thumbprint, kid, jwk }) => ({
      of: system,
      item: { thumbprint, kid, jwk: JSON.parse(jwk) as JWK },
    })),
  );
  return systems.map(({ id, agency, name, status, agency_status, dpop }) => ({
    id,
    agency,
    name,
    status: agency_status === "active" ? status : "suspended",
    dpop: dpop === 1,
    keys: keysOf.get(id) ?? [],
  }));
}

async function readGrants(
  tx: Transaction<Tables>,
  purposes: RegistrySnapshot["purposes"],
  scopes: RegistrySnapshot["scopes"],
): Promise<Pick<RegistrySnapshot, "grants" | "operations">> {
  const rows = await tx
    .selectFrom("grant_")
    .selectAll("grant_")
    .where("grant_.live", "=", 1)
    .where("grant_.status", "in", ["active", "suspended"])
    .orderBy("grant_.id")
    .execute();
  const scopesOf = grouped(
    await tx
      .selectFrom("grant_scope")
      .innerJoin("grant_", "grant_.id", "grant_scope.grant_id")
      .select(["grant_scope.grant_id as of", "grant_scope.scope as item"])
      .where("grant_.live", "=", 1)
      .where("grant_scope.decision", "=", "approved")
      .orderBy("grant_scope.scope")
      .execute(),
  );
  const ceilings = new Map(purposes.map(({ code, ceiling }) => [code, ceiling]));
  const registeredFor = await readAllowedOperations(tx, scopesOf, scopes);
  const operations = await tx
    .selectFrom("registered_operation")
    .select(["agency", "hash", "name", "text"])
    .orderBy("hash")
    .orderBy("agency")
    .execute();
  const grants = rows.map((row): FeedGrant => {
    const terms = readTerms(row.terms);
    const ceiling = ceilings.get(row.purpose) ?? [];
    return {
      id: row.id,
      system: row.system,
      purpose: row.purpose,
      status: row.status === "active" ? "active" : "suspended",
      scopes: (scopesOf.get(row.id) ?? []).filter((scope) => ceiling.includes(scope)),
      limits: limitsOf(terms),
      budget: terms.budget,
      operations: terms.operations,
      registered: registeredFor.get(row.id) ?? [],
      demandsActor: terms.demandsActor,
      demandsCase: terms.demandsCase,
      demandsReceipt: terms.demandsReceipt,
      validFrom: row.valid_from,
      validUntil: row.valid_until,
    };
  });
  const allowed = new Set(grants.flatMap(({ registered }) => registered));
  const byHash = new Map(
    operations
      .filter(({ hash }) => allowed.has(hash))
      .map(({ hash, name, text }) => [hash, { hash, name, text }]),
  );
  return { grants, operations: [...byHash.values()] };
}

/** By grant: the operations that every owner whose scopes they read by has approved, and none has rejected. */
async function readAllowedOperations(
  tx: Transaction<Tables>,
  approved: ReadonlyMap<string, readonly string[]>,
  scopes: RegistrySnapshot["scopes"],
): Promise<Map<string, string[]>> {
  const decisions = await tx
    .selectFrom("grant_operation")
    .innerJoin("grant_", "grant_.id", "grant_operation.grant_id")
    .innerJoin("system", "system.id", "grant_.system")
    .innerJoin("registered_operation", (join) =>
      join
        .onRef("registered_operation.agency", "=", "system.agency")
        .onRef("registered_operation.hash", "=", "grant_operation.hash"),
    )
    .select(["grant_operation.grant_id as of", "grant_operation.hash"])
    .select(["grant_operation.owner", "grant_operation.decision", "registered_operation.rules"])
    .where("grant_.live", "=", 1)
    .orderBy("grant_operation.hash")
    .execute();
  const ownerOf = new Map(scopes.map(({ name, owner }) => [name, owner]));
  const allowed = [...grouped(decisions.map((item) => ({ of: item.of, item })))].map(
    ([grant, rows]): [string, string[]] => {
      const held = new Map(
        (approved.get(grant) ?? []).map((scope) => [scope, ownerOf.get(scope)!]),
      );
      const operations = [...Map.groupBy(rows, ({ hash }) => hash)];
      const counts = ([, words]: [string, typeof rows]): boolean =>
        isAllowed({ rules: readRules(words[0]!.rules), held, words });
      return [grant, operations.filter(counts).map(([hash]) => hash)];
    },
  );
  return new Map(allowed);
}

function grouped<T>(rows: readonly { of: string; item: T }[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const { of, item } of rows) {
    const group = groups.get(of);
    if (group === undefined) groups.set(of, [item]);
    else group.push(item);
  }
  return groups;
}
