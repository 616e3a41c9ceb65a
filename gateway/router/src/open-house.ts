import type { PermitSecrets } from "@truc/contracts";
import { StartupError, type Frame } from "@truc/service/process";
import { Budgets } from "./admit/budgets.ts";
import { Room } from "./admit/room.ts";
import { KeySet } from "./authenticate/key-set.ts";
import { ProofsOfPossession } from "./authenticate/possession.ts";
import { TokenVerifier } from "./authenticate/token-verifier.ts";
import { TokenRights } from "./authorize/rights.ts";
import { readFederation, readPermitSecrets, readText, type RouterSettings } from "./config.ts";
import { Costs } from "./cost/costs.ts";
import { SignedPermits } from "./execute/permits.ts";
import { SubgraphClients, type Capabilities } from "./execute/subgraph-clients.ts";
import type { House } from "./pipeline.ts";
import { startApollo } from "./read/apollo.ts";
import { DocumentLimits } from "./read/document-limits.ts";
import { KnownOperations } from "./read/known-operations.ts";
import { LiftedTexts } from "./read/lifted-texts.ts";
import { MediaTypes } from "./read/media-types.ts";
import { PlanAhead } from "./read/plan-ahead.ts";
import { NOTHING_REGISTERED } from "./read/registered-operations.ts";
import { Readiness } from "./readiness.ts";
import { readReceiptKeys } from "./receipt/receipt-keys.ts";
import { Digests } from "./record/digests.ts";
import { openRecording, type StoreInCode } from "./record/open-recording.ts";
import { followRegistry } from "./registry/follow-registry.ts";
import { openSharedState } from "./shared-state/open-shared-state.ts";
import { Federation } from "./supergraph/federation.ts";
import { followSupergraph } from "./supergraph/supergraph-file.ts";
import { SupergraphRefused } from "./supergraph/supergraph-refused.ts";

type Log = Frame["log"];

/** All that requests are answered with, and what keeps it up to date. */
export interface OpenHouse {
  readonly house: House;
  readonly readiness: Readiness;
  /** Once no request is under way any more. */
  readonly close: () => Promise<void>;
}

/**
 * Opens what the stages work with: supergraph, keys, clients, shared state, records, and the authority's registry where
 * grants are its own.
 * @param publicUrl under which address callers know the router; asked with every request
 * @param store where records go instead of where the settings say
 * @throws StartupError
 */
export async function openHouse(
  settings: RouterSettings,
  log: Log,
  publicUrl: () => string,
  store?: StoreInCode,
): Promise<OpenHouse> {
  const { capabilities, subjectSets } = readFederation(settings.FEDERATION);
  const secrets = readPermitSecrets(settings.PERMIT_SECRETS);
  const federation = loadFederation(settings, log);
  const apollo = await startApollo(federation, {
    log,
    production: settings.NODE_ENV === "production",
  });
  refuseMissingSecrets(federation, capabilities, secrets);
  const keys = new KeySet(settings.JWKS_URL);
  const room = new Room(settings.MAX_REQUESTS);
  const { recording, ...records } = openRecording(settings, log, store, room);
  const clients = subgraphClients(settings, { capabilities, secrets, log });
  const shared = await openSharedState(settings.REDIS_URL, log);
  const receipts = await readReceiptKeys(settings.RECEIPT_KEYS);
  const digests = new Digests(records.keys);
  const followed = { clients, digests, federation, guard: shared, log, recording, subjectSets };
  const authority = followRegistry(settings, followed);
  const house: House = {
    log,
    verifier: tokenVerifier(settings, keys, log),
    proofs: new ProofsOfPossession({ publicUrl, guard: shared, log }),
    registry: authority?.feed,
    apollo,
    limits: new DocumentLimits(),
    known: new KnownOperations(),
    liftedTexts: new LiftedTexts(),
    mediaTypes: new MediaTypes(),
    federation,
    registered: authority?.operations ?? NOTHING_REGISTERED,
    rights: authority?.rights ?? new TokenRights(),
    unauthorized: settings.UNAUTHORIZED,
    room,
    budgets: new Budgets(shared, settings.BUDGET_SHARE_PERCENT),
    costs: new Costs(settings.LIST_SIZE_DEFAULT, settings.MAX_VALUES),
    clients,
    deadlineMs: settings.REQUEST_DEADLINE_MS,
    people: subjectSets?.entity,
    digests,
    receipts,
    recording,
  };
  const stopFollowing = followSupergraph(settings.SUPERGRAPH, federation, log);
  const ahead = authority && new PlanAhead(house, authority.feed);
  const readiness = new Readiness({
    keys,
    registry: authority?.feed,
    ahead,
    federation,
    capabilities,
    shared,
    records,
    sharePercent: settings.BUDGET_SHARE_PERCENT,
  });
  const close = async (): Promise<void> => {
    stopFollowing();
    await authority?.stop();
    await ahead?.stop();
    await apollo.stop();
    await clients.close();
    await shared.close();
    await records.close();
  };
  return { house, readiness, close };
}

function loadFederation(settings: RouterSettings, log: Frame["log"]): Federation {
  const text = readText(settings.SUPERGRAPH, "SUPERGRAPH");
  try {
    return new Federation(text, log);
  } catch (error) {
    if (error instanceof SupergraphRefused) throw new StartupError(error.message, { cause: error });
    throw error;
  }
}

/** What a subgraph is taken for that federation.yaml does not name. */
const FOREIGN: Capabilities = { permit: false, batching: false, splicing: false };

type CapabilitiesByName = ReadonlyMap<string, Capabilities>;

function refuseMissingSecrets(
  { present }: Federation,
  capabilities: CapabilitiesByName,
  secrets: ReadonlyMap<string, PermitSecrets>,
): void {
  for (const name of present.subgraphs.keys()) {
    if (!capabilities.get(name)?.permit || secrets.has(name)) continue;
    throw new StartupError(
      `The subgraph ${name} takes permits, but PERMIT_SECRETS names no folder with a file ${name}.json.`,
    );
  }
}

function subgraphClients(
  settings: RouterSettings,
  house: {
    capabilities: CapabilitiesByName;
    secrets: ReadonlyMap<string, PermitSecrets>;
    log: Log;
  },
): SubgraphClients {
  const permits = new SignedPermits(house.secrets);
  return new SubgraphClients({
    log: house.log,
    deadlineMs: settings.FETCH_DEADLINE_MS,
    capabilities: (name) => house.capabilities.get(name) ?? FOREIGN,
    permitFor: (claims, subgraph) => permits.for(claims, subgraph),
  });
}

function tokenVerifier(settings: RouterSettings, keys: KeySet, log: Log): TokenVerifier {
  return new TokenVerifier(
    keys.key,
    {
      issuer: settings.TOKEN_ISSUER,
      audience: settings.TOKEN_AUDIENCE,
      algorithms: settings.TOKEN_ALGORITHMS,
      leewaySeconds: settings.TOKEN_LEEWAY_SECONDS,
    },
    log,
  );
}
