import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { StartupError } from "@truc/service";
import type { Block, Country, RegisterLoader, TableRows } from "./model.ts";
import { openSink, type RowSink } from "./row-sink.ts";

export { loadTables } from "./row-sink.ts";

export interface LoadProgress {
  citizens: number;
  total: number;
  /** Citizens a second since the load began, over all registers together. */
  perSecond: number;
}

export interface LoadReport extends LoadProgress {
  rows: number;
  seconds: number;
  /** False when every register was complete before. */
  loaded: boolean;
}

export interface LoadOptions {
  country: Country;
  /** Each with its migrated database (postgresql://… or mariadb://…) and the loader that knows its tables. */
  registers: readonly { name: string; url: string; loader: RegisterLoader }[];
  /** Called after every group of blocks. */
  onProgress?: (progress: LoadProgress) => void;
}

/** Blocks of one transaction: some thousand people, a few megabytes of rows a register. */
const BLOCKS_PER_GROUP = 8;

interface Filling {
  name: string;
  sink: RowSink;
  loader: RegisterLoader;
  blocksDone: number;
  started: boolean;
  tables: Set<string>;
}

/**
 * Streams a country into the registers' databases. Registers are written at the same time; the next group of blocks is
 * made while one is written, and never more than that one, so memory is flat.
 *
 * Every transaction holds whole blocks and the note of how many are done, so a load that was killed goes on exactly
 * there the next time: blocks are made from (seed, index), and those already written need not be made again. (Emptying
 * and starting over would be simpler, but would throw away most of a long load.)
 *
 * @throws StartupError with one sentence when a database holds another country, or rows that no load wrote
 */
export async function loadCountry({
  country,
  registers,
  onProgress,
}: LoadOptions): Promise<LoadReport> {
  const began = performance.now();
  const fillings: Filling[] = [];
  const sinks: RowSink[] = [];
  const report: LoadReport = {
    citizens: 0,
    total: country.citizens,
    perSecond: 0,
    rows: 0,
    seconds: 0,
    loaded: false,
  };
  try {
    for (const { name, url, loader } of registers) {
      const sink = await openSink(url);
      sinks.push(sink);
      const filling = await begin(name, sink, loader, country);
      if (filling !== null) fillings.push(filling);
    }
    if (fillings.length > 0)
      await fill(country, fillings, report, () => {
        report.seconds = (performance.now() - began) / 1_000;
        report.perSecond = Math.round(report.citizens / report.seconds);
        onProgress?.({
          citizens: report.citizens,
          total: report.total,
          perSecond: report.perSecond,
        });
      });
  } finally {
    await Promise.all(sinks.map((sink) => sink.close()));
  }
  report.seconds = (performance.now() - began) / 1_000;
  report.loaded = fillings.length > 0;
  return report;
}

/** @returns null for a register that is complete */
async function begin(
  name: string,
  sink: RowSink,
  loader: RegisterLoader,
  country: Country,
): Promise<Filling | null> {
  const state = await sink.state();
  if (state !== null && (state.seed !== country.seed || state.citizens !== country.citizens))
    throw new StartupError(
      `The ${name} database holds the country of seed ${state.seed} with ${state.citizens} citizens: ` +
        `ask for that one, or give this one an empty database.`,
    );
  if (state?.complete) return null;
  return {
    name,
    sink,
    loader,
    blocksDone: state?.blocksDone ?? 0,
    started: state !== null,
    tables: new Set(),
  };
}

async function fill(
  country: Country,
  fillings: readonly Filling[],
  report: LoadReport,
  tell: () => void,
): Promise<void> {
  const units = country.units();
  await together(
    fillings.map(async (filling) => {
      const rows = filling.loader.units(units);
      for (const { table } of rows) filling.tables.add(table);
      if (!filling.started) await write(filling, rows, country, 0, report);
    }),
  );
  const first = Math.min(...fillings.map(({ blocksDone }) => blocksDone));
  let writing: Promise<unknown> = Promise.resolve();
  let group: Block[] = [];
  const flush = async (): Promise<void> => {
    const blocks = group;
    group = [];
    const last = blocks.at(-1)!.index + 1;
    const prepared = fillings
      .filter(({ blocksDone }) => blocksDone < last)
      .map((filling) => ({
        filling,
        rows: merge(
          filling,
          blocks.filter(({ index }) => index >= filling.blocksDone),
        ),
      }));
    await writing;
    writing = together(
      prepared.map(({ filling, rows }) => write(filling, rows, country, last, report)),
    );
    // A failure is seen by the next await; until then it must not count as unhandled.
    writing.catch(() => {});
    for (const { people } of blocks) report.citizens += people.length;
    tell();
  };
  try {
    for (const block of country.blocks(first)) {
      group.push(block);
      if (group.length === BLOCKS_PER_GROUP) await flush();
      // Making blocks is pure computing: let the sockets have their turn.
      await nextTurn();
    }
    if (group.length > 0) await flush();
  } finally {
    await writing;
  }
  await together(
    fillings.map(async (filling) => {
      await filling.sink.analyze([...filling.tables]);
      await filling.sink.write([], { ...stateOf(country, filling.blocksDone), complete: true });
    }),
  );
}

/** Waits for all, also where one fails, so that no connection is closed under a statement; then fails as the first did. */
async function together(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work))
    if (result.status === "rejected") throw result.reason;
}

async function write(
  filling: Filling,
  rows: TableRows[],
  country: Country,
  blocksDone: number,
  report: LoadReport,
): Promise<void> {
  await filling.sink.write(rows, stateOf(country, blocksDone));
  filling.blocksDone = blocksDone;
  for (const each of rows) report.rows += each.rows.length;
}

function stateOf({ seed, citizens }: Country, blocksDone: number): Parameters<RowSink["write"]>[1] {
  return { seed, citizens, blocksDone, complete: false };
}

/** The rows of several blocks, table by table, in the order the loader gave. */
function merge({ loader, tables }: Filling, blocks: readonly Block[]): TableRows[] {
  const merged = new Map<string, TableRows>();
  for (const block of blocks) {
    for (const { table, columns, rows } of loader.block(block)) {
      tables.add(table);
      const whole = merged.get(table);
      if (whole === undefined) merged.set(table, { table, columns, rows: [...rows] });
      else for (const row of rows) whole.rows.push(row);
    }
  }
  return [...merged.values()];
}

/** Writes the planted conflicts of a country to a file, one JSON object a line. @returns how many */
export async function writeConflicts(country: Country, path: string): Promise<number> {
  const file = createWriteStream(path, { mode: 0o600 });
  let count = 0;
  for (const { conflicts } of country.blocks()) {
    for (const conflict of conflicts) {
      count++;
      if (!file.write(`${JSON.stringify(conflict)}\n`)) await once(file, "drain");
    }
  }
  file.end();
  await once(file, "finish");
  return count;
}
