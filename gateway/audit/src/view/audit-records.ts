import { type Connection, pageArguments, type SubgraphContext } from "@truc/service";
import type { AuditLog } from "../log/audit-log.ts";
import type { Entry, Unreadable } from "../log/entry.ts";
import { firstMonthKept, type Postings } from "../postings/postings.ts";
import type { PostingsView } from "../postings/postings-view.ts";
import type { FieldRules } from "../usage/field-rules.ts";
import type { FieldWords } from "./field-words.ts";
import { KeyWalk } from "./key-walk.ts";
import { type Found, numbersOf, pageOf } from "./page-of.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import {
  isAboutSubjects,
  meets,
  monthsUpTo,
  type RecordFilter,
  soughtKeys,
  standsForRequest,
} from "./record-filter.ts";
import { auditRecord, type AuditRecordView } from "./record-view.ts";
import { type Rights, rightsOf, type RoleSource } from "./rights.ts";

export interface AuditRecordsParts {
  readonly log: Pick<AuditLog, "read" | "size">;
  readonly postings: Postings;
  readonly pseudonyms: Pseudonyms;
  readonly authority: RoleSource;
  readonly rules: () => FieldRules;
  readonly words: () => FieldWords;
  readonly retentionMonths: number;
  readonly now: () => Date;
}

interface AuditRecordsArguments {
  filter?: RecordFilter | null;
  first?: number | null;
  after?: string | null;
}

/** So many records are read for a page, at most, and so many looks made into the index. */
const MAX_READ = 500;
const MAX_LOOKUPS = 40;
/** Records read at one time. */
const CHUNK = 50;

/** A page of the records that meet every condition, newest first. */
export async function auditRecords(
  parts: AuditRecordsParts,
  args: AuditRecordsArguments,
  { permit }: Pick<SubgraphContext, "permit">,
): Promise<Connection<AuditRecordView>> {
  const rights = await rightsOf(parts.authority, permit.person);
  const { first, after } = pageArguments(args, 1);
  const filter = args.filter ?? {};
  const { size } = parts.log;
  const [below = size] = numbersOf(after ?? []);
  const start = { at: Math.min(below, size) };
  return await parts.postings.look(async (view) => {
    const walk = await walkOf(parts, view, filter, rights, start.at);
    const search = new RecordSearch(parts, view, filter, rights);
    const { found, cut } = await search.collect(walk, first + 1);
    return pageOf(found, first, after, cut);
  }, start);
}

interface Walk {
  readonly keys: KeyWalk;
  /** The lowest position of interest. */
  readonly lowest: number;
}

async function walkOf(
  { pseudonyms, retentionMonths, now: present }: AuditRecordsParts,
  view: PostingsView,
  filter: RecordFilter,
  rights: Rights,
  below: number,
): Promise<Walk> {
  const now = present();
  const months = monthsUpTo(firstMonthKept(now, retentionMonths, view.longestDelayDays), now);
  const lists = soughtKeys(filter, rights, pseudonyms, months);
  const { from, to } = filter;
  if (from == null && to == null) return { keys: new KeyWalk(view, lists, below), lowest: 0 };
  const stretch = await view.positionsBetween(
    from?.getTime() ?? 0,
    to?.getTime() ?? Number.MAX_SAFE_INTEGER,
  );
  const { from: lowest, to: highest } = stretch ?? { from: 0, to: 0 };
  return { keys: new KeyWalk(view, lists, Math.min(below, highest)), lowest };
}

class RecordSearch {
  readonly #parts: AuditRecordsParts;
  readonly #view: PostingsView;
  readonly #filter: RecordFilter;
  readonly #rights: Rights;

  constructor(parts: AuditRecordsParts, view: PostingsView, filter: RecordFilter, rights: Rights) {
    this.#parts = parts;
    this.#view = view;
    this.#filter = filter;
    this.#rights = rights;
  }

  /** @returns what was found, and how far it came where it was ended before its end */
  async collect(
    { keys, lowest }: Walk,
    wanted: number,
  ): Promise<{ found: Found<AuditRecordView>[]; cut: number[] | undefined }> {
    const found: Found<AuditRecordView>[] = [];
    const mayGoOn = (): boolean => this.#view.lookups < MAX_LOOKUPS;
    for (let read = 0; read < MAX_READ;) {
      const positions = await someOf(keys, Math.min(CHUNK, wanted), lowest, mayGoOn);
      const entries = await this.#parts.log.read(positions);
      read += positions.length;
      for (const position of positions) {
        const entry = entries.get(position);
        if (entry === undefined || !this.#shows(entry)) continue;
        const before = found.at(-1);
        const node = this.#seen(entry, position);
        // A stretch that cannot be read is told of once.
        const joined = before && joinedTo(before.node, node);
        if (joined !== undefined) found[found.length - 1] = { node: joined, key: [position] };
        else found.push({ node, key: [position] });
        if (found.length === wanted) return { found, cut: undefined };
      }
      if (keys.below <= lowest) return { found, cut: undefined };
      if (positions.length === 0) break;
    }
    return { found, cut: [keys.below] };
  }

  #seen(entry: Entry | Unreadable, position: number): AuditRecordView {
    const { words, rules } = this.#parts;
    return auditRecord(entry, position, this.#rights, { words: words(), rules: rules() });
  }

  #shows(entry: Entry | Unreadable): boolean {
    if (!("line" in entry)) return true;
    if (!meets(entry, this.#filter, this.#rights)) return false;
    return isAboutSubjects(this.#filter) || standsForRequest(entry);
  }
}

/** The next positions of a walk. */
async function someOf(
  keys: KeyWalk,
  count: number,
  lowest: number,
  mayGoOn: () => boolean,
): Promise<number[]> {
  const positions: number[] = [];
  while (positions.length < count) {
    const position = await keys.next(mayGoOn);
    if (position === undefined) break;
    if (position < lowest) {
      keys.leapTo(0);
      break;
    }
    positions.push(position);
  }
  return positions;
}

/** Both as one, where the same is wrong with neighbours. */
function joinedTo(
  above: AuditRecordView,
  { id, unreadable }: AuditRecordView,
): AuditRecordView | undefined {
  if (above.unreadable === undefined || above.unreadable.reason !== unreadable?.reason)
    return undefined;
  if (Number(above.unreadable.from) !== Number(id) + 1) return undefined;
  return { id, unreadable: { ...above.unreadable, from: id } };
}
