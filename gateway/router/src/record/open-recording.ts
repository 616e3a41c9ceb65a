import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { journalDirectory, readAuditKey, readSecrets, type RouterSettings } from "../config.ts";
import type { Room } from "../admit/room.ts";
import type { Recording } from "../record.ts";
import { AuditDatabase } from "./audit-database.ts";
import { Contexts } from "./contexts.ts";
import { FetchedMonthKeys } from "./fetched-month-keys.ts";
import { JournalStore } from "./journal-store.ts";
import { LocalMonthKeys, type MonthKeySource } from "./month-keys.ts";
import { RecordBook } from "./record-book.ts";
import { RecordLines } from "./record-lines.ts";
import type { RecordStore } from "./record-store.ts";
import { RefusalCounts } from "./refusal-counts.ts";

/** Where code that starts a router may have its records go instead of where its settings say; `none`: nowhere. */
export type StoreInCode = RecordStore | "none" | undefined;

/** What requests are put on record with, and what that rests on. */
export interface OpenRecording {
  readonly recording: Recording;
  readonly keys: MonthKeySource;
  /** Whether requests can be put on record at the moment. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** @throws StartupError */
export function openRecording(
  settings: Pick<RouterSettings, "AUDIT" | "AUDIT_KEY" | "AUDIT_ORIGIN" | "AUDIT_SECRETS">,
  log: Logger,
  inCode: StoreInCode,
  room: Room,
): OpenRecording {
  const keys = keysBy(settings, log, inCode);
  const store = inCode === "none" ? NOWHERE : (inCode ?? storeBy(settings, log));
  const router = randomUUID();
  const book = inCode === "none" ? undefined : new RecordBook(store, router, log, () => room.taken);
  const refusals = new RefusalCounts({ store, router, keys, log });
  return {
    recording: { book, refusals, lines: new RecordLines(), contexts: new Contexts() },
    keys,
    ready: async () =>
      keys.of(Date.now()) !== undefined && (book === undefined || (await book.ready())),
    close: async () => {
      await book?.close();
      await refusals.close();
      await keys.close();
      await store.close();
    },
  };
}

function keysBy(
  { AUDIT, AUDIT_KEY, AUDIT_ORIGIN, AUDIT_SECRETS }: Parameters<typeof openRecording>[0],
  log: Logger,
  inCode: StoreInCode,
): MonthKeySource {
  const isLocal = inCode !== undefined || journalDirectory(AUDIT) !== undefined;
  if (isLocal || AUDIT_ORIGIN === undefined || AUDIT_SECRETS === undefined)
    return new LocalMonthKeys(readAuditKey(AUDIT_KEY));
  const secrets = readSecrets(AUDIT_SECRETS, "AUDIT_SECRETS");
  return new FetchedMonthKeys({ origin: AUDIT_ORIGIN, secrets, log });
}

function storeBy({ AUDIT }: Pick<RouterSettings, "AUDIT">, log: Logger): RecordStore {
  const directory = journalDirectory(AUDIT);
  return directory === undefined
    ? new AuditDatabase({ url: AUDIT, log })
    : new JournalStore(directory);
}

const NOWHERE: RecordStore = {
  append: async () => await Promise.resolve(),
  appendRefusals: async () => await Promise.resolve(),
  ready: async () => await Promise.resolve(true),
  close: async () => await Promise.resolve(),
};
