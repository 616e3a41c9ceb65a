import { Refusal } from "@truc/contracts";
import type { Caller } from "../authenticate.ts";
import type { AllowedOperation, RegisteredOperations } from "../read/registered-operations.ts";
import type { RegistryFeed } from "./registry-feed.ts";

/** The registered operations of the authority's feed. */
export class RegistryOperations implements RegisteredOperations {
  readonly #feed: Pick<RegistryFeed, "present">;

  constructor(feed: Pick<RegistryFeed, "present">) {
    this.#feed = feed;
  }

  textOf({ system, agency, purpose }: Caller, hash: string): string | undefined {
    if (agency === undefined || purpose === undefined)
      throw new Refusal("AUTHORIZE_PURPOSE_MISSING");
    const registry = this.#feed.present;
    const grant = registry.liveGrant(system, purpose, new Date());
    if (grant === undefined) throw new Refusal("AUTHORIZE_GRANT_MISSING");
    return grant.registered.has(hash) ? registry.operation(hash)?.text : undefined;
  }

  *all(): Generator<AllowedOperation> {
    const registry = this.#feed.present;
    for (const grant of registry.grants()) {
      const held = { scopes: registry.openedBy(grant), search: grant.limits.search };
      for (const hash of grant.registered) {
        const operation = registry.operation(hash);
        if (operation !== undefined) yield { ...operation, held };
      }
    }
  }
}
