import { migrate, openDatabase, settings, StartupError } from "@truc/service";
import { makeCountry } from "../country/country.ts";
import { writeConflicts } from "../country/load.ts";
import type { FederatedSubgraph } from "../federation.ts";
import { seedRegisters, type SeededCountry } from "./country-seed.ts";
import type { Databases } from "./databases.ts";
import type { Screen } from "./screen.ts";
import { importSubgraph } from "./services.ts";

/**
 * A register's database elsewhere, out of the environment: BUSINESS_DATABASE_URL=mariadb://… for the register called
 * business. Without it the register gets one in the embedded PostgreSQL.
 */
function ownDatabase(name: string): string | undefined {
  const variable = variableOf(name);
  const url = process.env[variable];
  if (url === undefined || url === "") return undefined;
  if (settings.databaseUrl.safeParse(url).success) return url;
  throw new StartupError(
    `The setting ${variable} must be a URL that begins with postgresql:// or mariadb://.`,
  );
}

function variableOf(name: string): string {
  return `${name.toUpperCase().replaceAll("-", "_")}_DATABASE_URL`;
}

/** Every register's database, at the newest version and filled. @returns their URLs by the register's name */
export async function fillRegisters(options: {
  registers: readonly FederatedSubgraph[];
  databases: Databases;
  country: SeededCountry;
  /** Where the contradictions planted between the registers are listed, for tests. */
  conflictsFile: string;
  screen: Screen;
}): Promise<Record<string, string>> {
  const { registers, databases, country, conflictsFile, screen } = options;
  const urls: Record<string, string> = {};
  for (const register of registers) {
    const { name } = register;
    screen.progress(`Preparing the database of ${name} …`);
    const url = ownDatabase(name) ?? (await databases.urlOf(name));
    const { definition } = await importSubgraph(register);
    const database = openDatabase(url, { maxConnections: 1 });
    try {
      await migrate(database, definition.migrations).catch((error: unknown) => {
        throw error instanceof StartupError
          ? new StartupError(error.message.replace(" DATABASE_URL", ` ${variableOf(name)}`))
          : error;
      });
    } finally {
      await database.close();
    }
    urls[name] = url;
  }
  const report = await seedRegisters(country, urls, ({ citizens, total, perSecond }) => {
    const percent = Math.floor((citizens / total) * 100);
    screen.progress(
      `Filling the registers: ${citizens} of ${total} citizens (${percent} %), ${perSecond} a second`,
    );
  });
  if (report.loaded) {
    await writeConflicts(makeCountry(country), conflictsFile);
    const { citizens, rows, seconds, perSecond } = report;
    const part = citizens === country.citizens ? "" : `the remaining ${citizens} of `;
    screen.line(
      `Filled the registers with ${part}${country.citizens} citizens (${rows} rows) in ${seconds.toFixed(1)} s, ${perSecond} a second.`,
    );
  }
  return urls;
}
