import { rm } from "node:fs/promises";
import { join } from "node:path";
import { registerPlatform } from "@truc/authority";
import { dayInVietNam } from "@truc/contracts";
import { migrate, openDatabase, type RunningService, settings, StartupError } from "@truc/service";
import { makeCountry } from "../country/country.ts";
import { writeConflicts } from "../country/load.ts";
import { compose } from "../compose/compose-subgraphs.ts";
import { readSchemas, writeSupergraph } from "../compose.ts";
import { demoCitizens } from "../demo/citizens.ts";
import { demoPlatform } from "../demo/platform.ts";
import { isOwnProcess, readFederation, type FederatedSubgraph } from "../federation.ts";
import { closingScreen } from "./closing-screen.ts";
import {
  chooseCountry,
  rememberCountry,
  seedRegisters,
  type SeededCountry,
} from "./country-seed.ts";
import { openDataFolder } from "./data-folder.ts";
import { Databases } from "./databases.ts";
import { systemKeys } from "./keys.ts";
import type { StartOptions } from "./options.ts";
import { testPeople, writeTestPeople } from "./people.ts";
import { platformFile, platformFilePath, writePlatformFile } from "./platform-file.ts";
import { portsFrom, refuseUsedPorts } from "./ports.ts";
import type { Screen } from "./screen.ts";
import {
  importSubgraph,
  keysAddress,
  startAuthority,
  startRouter,
  startSubgraph,
  untilReady,
} from "./services.ts";
import type { Stops } from "./stops.ts";

/**
 * Brings the whole platform up in this process. Every step may have been done before, half or whole: it leaves alone
 * what is there and makes what is missing.
 *
 * @param stops is told how to undo each step
 * @param onLost called when a part that everything stands on is lost for good
 */
export async function run(
  options: StartOptions,
  screen: Screen,
  stops: Stops,
  onLost: (sentence: string) => void,
): Promise<void> {
  const began = performance.now();
  const subgraphs = readFederation();
  const ports = portsFrom(options.port, subgraphs);
  const { folder, release } = await openDataFolder(options.data);
  stops.add(async () => release());
  const country = await chooseCountry(options);
  await refuseUsedPorts(ports);
  const announced = platformFilePath(options.data);
  await rm(announced, { force: true });

  screen.progress("Starting PostgreSQL …");
  const databases = await Databases.start(
    { directory: folder.postgres, port: ports.postgres },
    (sentence, lost) => (lost ? onLost(sentence) : screen.line(sentence)),
  );
  stops.add(async () => await databases.stop());
  await rememberCountry(options.data, country);
  const conflictsFile = join(options.data, "conflicts.jsonl");
  const registers = subgraphs.filter(isOwnProcess);
  const urls = await fillRegisters({ registers, databases, country, conflictsFile, screen });

  const definition = demoPlatform(await systemKeys(folder), dayInVietNam(new Date()));
  const people = testPeople(
    definition,
    demoCitizens(makeCountry(country), country.samples.citizen),
  );
  const authorityUrl = await databases.urlOf("authority");
  await registerPlatform(authorityUrl, definition);
  screen.progress("Starting the authority, the subgraphs and the router …");
  const start = async (starting: Promise<RunningService>): Promise<RunningService> => {
    const running = await starting;
    stops.add(async () => await running.stop());
    return running;
  };
  const supergraph = join(options.data, "supergraph.graphql");
  const urlOf = ({ name }: FederatedSubgraph) =>
    `http://127.0.0.1:${ports.subgraphs.get(name)}/graphql`;
  await writeSupergraph(supergraph, compose(await readSchemas(subgraphs, urlOf)));
  const authority = await start(
    startAuthority(folder, {
      port: ports.authority,
      databaseUrl: authorityUrl,
      supergraph,
      testPeople: await writeTestPeople(folder, people),
    }),
  );
  for (const register of registers) {
    const { name } = register;
    await start(startSubgraph(register, folder, ports.subgraphs.get(name)!, urls[name]!));
  }
  const jwks = await keysAddress(authority.url);
  const router = await start(
    startRouter(folder, { port: ports.router, supergraph, issuer: authority.url, jwks }),
  );
  await untilReady("router", router);

  const platform = platformFile({
    graphql: `${router.url}/graphql`,
    issuer: authority.url,
    jwks,
    definition,
    people,
    samples: country.samples,
  });
  stops.add(async () => await rm(announced, { force: true }));
  await writePlatformFile(options.data, platform);
  const seconds = (performance.now() - began) / 1000;
  const { citizens, seed } = country;
  screen.line(closingScreen({ platform, definition, data: options.data, citizens, seed, seconds }));
}

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
async function fillRegisters(options: {
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
