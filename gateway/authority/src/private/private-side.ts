import { PermitSecrets } from "@truc/contracts";
import { type Database, type Frame, Journal, openDatabase, WatchedFile } from "@truc/service";
import type { FastifyInstance } from "fastify";
import { registrySnapshot } from "../registry/snapshot.ts";
import type { AuthoritySettings } from "../settings.ts";
import { addDirectAddress } from "./direct-address.ts";
import { OperatorKeys } from "./operator-order.ts";
import { addPrivateAddresses } from "./private-addresses.ts";
import { RegistryWatch } from "./registry-watch.ts";

/** Nothing that the feed asks takes longer while its database is well. */
const FEED_STATEMENT_TIMEOUT_MS = 5_000;

/** What the authority offers to routers and to the operator, beside what everybody may ask. */
export interface PrivateSide {
  mount(app: FastifyInstance): void;
  /** To be called when the registry may have been changed in this process: those who read the feed hear of it at once. */
  changed(): void;
  /** Ends the feed's streams at once, and lets no further one begin. */
  endStreams(): void;
  close(): Promise<void>;
}

/** @throws StartupError when a file of secrets or keys cannot be used, or the journal cannot be written */
export function openPrivateSide(
  settings: AuthoritySettings,
  frame: { db: Database; issuer: string; log: Frame["log"] },
): PrivateSide {
  const feed = openFeed(settings, frame);
  const changed = (): void => void feed?.watch.look();
  const orders = openOrders(settings, frame, changed);
  let endStreams: (() => void) | undefined;
  return {
    mount: (app) => {
      endStreams = feed?.mount(app);
      orders?.mount(app);
    },
    changed,
    endStreams: () => endStreams?.(),
    close: async () => {
      await feed?.close();
      await orders?.close();
    },
  };
}

function openFeed(
  { FEED_SECRETS: file, DATABASE_URL }: AuthoritySettings,
  frame: Parameters<typeof openPrivateSide>[1],
) {
  if (file === undefined) return undefined;
  const { log } = frame;
  const secrets = new WatchedFile({ file, what: "the feed's secrets", schema: PermitSecrets, log });
  // On connections of its own: however many requests wait for one, a change goes out.
  const db = openDatabase(DATABASE_URL, {
    maxConnections: 2,
    statementTimeoutMs: FEED_STATEMENT_TIMEOUT_MS,
    log,
  });
  const watch = new RegistryWatch({ db, read: registrySnapshot, log });
  return {
    watch,
    mount: (app: FastifyInstance) =>
      addPrivateAddresses(app, { ...frame, secrets: () => secrets.content, watch }),
    close: async () => {
      await watch.stop();
      await db.close();
    },
  };
}

function openOrders(
  { OPERATOR_KEYS: file, JOURNAL: directory }: AuthoritySettings,
  frame: Parameters<typeof openPrivateSide>[1],
  changed: () => void,
) {
  if (file === undefined) return undefined;
  const { log } = frame;
  const keys = new WatchedFile({ file, what: "the operator's keys", schema: OperatorKeys, log });
  const journal = new Journal({ directory, name: "orders" });
  return {
    mount: (app: FastifyInstance) =>
      addDirectAddress(app, { ...frame, keys: () => keys.content, journal, changed }),
    close: () => journal.close(),
  };
}
