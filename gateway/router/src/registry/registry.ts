import {
  dayInVietNam,
  type FeedGrant,
  type FeedSystem,
  type RegistrySnapshot,
} from "@truc/contracts";

/** A purpose as routers know it: on what law it rests, and what a grant for it may open at most. */
export interface Purpose {
  readonly legalBasis: string;
  readonly ceiling: ReadonlySet<string>;
  /** For how many days data subjects are not shown what is read for it. */
  readonly disclosureDelayDays: number;
}

type RegisteredOperation = RegistrySnapshot["operations"][number];

/** A grant with what is looked up in it for every request. */
export interface Grant extends Omit<FeedGrant, "scopes" | "registered"> {
  readonly scopes: ReadonlySet<string>;
  /** SHA-256 of the texts of the operations it allows, lower-case hexadecimal. */
  readonly registered: ReadonlySet<string>;
}

/** One revision of the registry, indexed by what requests ask of it. Never changed: a new revision is a new object. */
export class Registry {
  readonly revision: number;
  readonly #systems: ReadonlyMap<string, FeedSystem>;
  /** By system and purpose. */
  readonly #grants: ReadonlyMap<string, ReadonlyMap<string, readonly FeedGrant[]>>;
  /** Made when they are first asked for: of many grants few are used between two changes. */
  readonly #indexed = new WeakMap<FeedGrant, Grant>();
  readonly #purposes: ReadonlyMap<string, Purpose>;
  readonly #owners: ReadonlyMap<string, string>;
  readonly #operations: ReadonlyMap<string, RegisteredOperation>;
  readonly suspendedSubjects: ReadonlySet<string>;

  constructor(snapshot: RegistrySnapshot) {
    this.revision = snapshot.revision;
    this.#systems = new Map(snapshot.systems.map((system) => [system.id, system]));
    const bySystem = Map.groupBy(snapshot.grants, ({ system }) => system);
    this.#grants = new Map(
      [...bySystem].map(([system, grants]) => [
        system,
        Map.groupBy(grants, ({ purpose }) => purpose),
      ]),
    );
    this.#purposes = new Map(
      snapshot.purposes.map(({ code, legalBasis, ceiling, disclosureDelayDays }) => [
        code,
        { legalBasis, ceiling: new Set(ceiling), disclosureDelayDays },
      ]),
    );
    this.#owners = new Map(snapshot.scopes.map(({ name, owner }) => [name, owner]));
    this.#operations = new Map(snapshot.operations.map((each) => [each.hash, each]));
    this.suspendedSubjects = new Set(snapshot.suspendedSubjects);
  }

  system(id: string): FeedSystem | undefined {
    return this.#systems.get(id);
  }

  purpose(code: string): Purpose | undefined {
    return this.#purposes.get(code);
  }

  /**
   * The grant a system may use for a purpose at an instant: neither suspended nor outside its first and last day in
   * Viet Nam. A suspended one closes the purpose whatever stands beside it.
   */
  liveGrant(system: string, purpose: string, now: Date): Grant | undefined {
    const today = dayInVietNam(now);
    let live: FeedGrant | undefined;
    for (const grant of this.#grants.get(system)?.get(purpose) ?? []) {
      if (today < grant.validFrom || grant.validUntil < today) continue;
      if (grant.status !== "active") return undefined;
      live ??= grant;
    }
    return live && this.#index(live);
  }

  /** What a grant opens: as much of it as its purpose may reach today. */
  openedBy(grant: Grant): ReadonlySet<string> {
    const ceiling = this.#purposes.get(grant.purpose)?.ceiling;
    return new Set([...grant.scopes].filter((scope) => ceiling?.has(scope) === true));
  }

  /** The agency that may give a scope away. */
  ownerOf(scope: string): string | undefined {
    return this.#owners.get(scope);
  }

  /** A registered operation that some grant allows. @param hash SHA-256 of its text, lower-case hexadecimal */
  operation(hash: string): RegisteredOperation | undefined {
    return this.#operations.get(hash);
  }

  /** Every grant, in force or not. */
  grants(): Iterable<Grant> {
    return this.#grants
      .values()
      .flatMap((byPurpose) => byPurpose.values())
      .flatMap((grants) => grants)
      .map((grant) => this.#index(grant));
  }

  #index(grant: FeedGrant): Grant {
    let indexed = this.#indexed.get(grant);
    if (indexed === undefined) {
      const { scopes, registered } = grant;
      indexed = { ...grant, scopes: new Set(scopes), registered: new Set(registered) };
      this.#indexed.set(grant, indexed);
    }
    return indexed;
  }
}
