import type { Logger } from "pino";
import { ActorTokens } from "../authorize/actor-tokens.ts";
import { readSecrets, type RouterSettings } from "../config.ts";
import type { SubgraphClients } from "../execute/subgraph-clients.ts";
import type { Recording } from "../record.ts";
import type { Digests } from "../record/digests.ts";
import { CoveredPeople } from "../subjects/covered-people.ts";
import { SubjectResolver } from "../subjects/subject-resolver.ts";
import { SubjectSets, type SubjectSetsOperation } from "../subjects/subject-sets.ts";
import type { Federation } from "../supergraph/federation.ts";
import { RegistryFeed } from "./registry-feed.ts";
import { RegistryOperations } from "./registry-operations.ts";
import { RegistryRights } from "./registry-rights.ts";
import type { SharedState } from "../shared-state/shared-state.ts";

/** All that stands on the authority's word, while the router runs. */
export interface FollowedRegistry {
  readonly feed: RegistryFeed;
  readonly rights: RegistryRights;
  readonly operations: RegistryOperations;
  stop(): Promise<void>;
}

/**
 * Begins to follow the authority's feed and to make rights of it; undefined where tokens are the grants.
 * @throws StartupError when the secrets cannot be read
 */
export function followRegistry(
  { AUTHORITY_FEED, FEED_SECRETS, FEED_SILENCE_MS, GRANTS, ...settings }: RouterSettings,
  house: {
    clients: SubgraphClients;
    digests: Digests;
    federation: Federation;
    guard: Pick<SharedState, "firstUse">;
    log: Logger;
    recording: Recording;
    subjectSets: SubjectSetsOperation | undefined;
  },
): FollowedRegistry | undefined {
  if (GRANTS === "token" || AUTHORITY_FEED === undefined || FEED_SECRETS === undefined)
    return undefined;
  const { log, guard, subjectSets } = house;
  const authority = {
    authority: AUTHORITY_FEED,
    issuer: settings.TOKEN_ISSUER,
    secrets: readSecrets(FEED_SECRETS, "FEED_SECRETS"),
    log,
  };
  const feed = new RegistryFeed({ ...authority, silenceMs: FEED_SILENCE_MS });
  const resolver = new SubjectResolver(authority);
  const unfollow = feed.follow((registry) => resolver.forgetSuspended(registry));
  const sets =
    subjectSets === undefined ? undefined : new SubjectSets({ ...house, operation: subjectSets });
  const rights = new RegistryRights({
    feed,
    actors: new ActorTokens({ audience: settings.TOKEN_AUDIENCE, guard, log }),
    people: new CoveredPeople(resolver, sets),
  });
  return {
    feed,
    rights,
    operations: new RegistryOperations(feed),
    stop: async () => {
      unfollow();
      resolver.close();
      await feed.stop();
    },
  };
}
