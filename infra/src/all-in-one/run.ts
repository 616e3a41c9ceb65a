import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type PlatformDefinition, registerPlatform } from "@truc/authority";
import { dayInVietNam } from "@truc/contracts";
import type { RunningService } from "@truc/service";
import { makeCountry } from "../country/country.ts";
import { compose } from "../compose/compose-subgraphs.ts";
import { readSchemas, writeSupergraph } from "../compose.ts";
import { demoCitizens } from "../demo/citizens.ts";
import { demoPlatform } from "../demo/platform.ts";
import { isOwnProcess, readFederation, type FederatedSubgraph } from "../federation.ts";
import { closingScreen } from "./closing-screen.ts";
import { chooseCountry, rememberCountry, type SeededCountry } from "./country-seed.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { Databases } from "./databases.ts";
import { systemKeys } from "./keys.ts";
import { liveGrants } from "./live-grants.ts";
import type { StartOptions } from "./options.ts";
import { testPeople, type TestPerson, writeTestPeople } from "./people.ts";
import { platformFile, platformFilePath, writePlatformFile } from "./platform-file.ts";
import { portsFrom, refuseUsedPorts } from "./ports.ts";
import { fillRegisters } from "./registers.ts";
import type { Screen } from "./screen.ts";
import {
  AUDIT_WRITER,
  keysAddress,
  startAudit,
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
  const starting = Databases.start(
    { directory: folder.postgres, port: ports.postgres },
    (sentence, lost) => (lost ? onLost(sentence) : screen.line(sentence)),
  );
  // Whoever stops it while it starts waits for that: the folder is not to be let go before.
  stops.add(async () => await (await starting.catch(() => undefined))?.stop());
  const databases = await starting;
  await rememberCountry(options.data, country);
  const conflictsFile = join(options.data, "conflicts.jsonl");
  const registers = subgraphs.filter(isOwnProcess);
  const urls = await fillRegisters({ registers, databases, country, conflictsFile, screen });
  urls["authority"] = await databases.urlOf("authority");
  urls["audit"] = await databases.urlOf("audit");
  const auditWriter = await databases.urlAs(AUDIT_WRITER, "audit");
  const registered = await register(urls["authority"], folder, country);

  screen.progress("Starting the authority, the audit process, the subgraphs and the router …");
  const people = await writeTestPeople(folder, registered);
  const services = await startAll({ folder, subgraphs, ports, urls, auditWriter, people, stops });
  const platform = platformFile({
    ...services,
    ...registered,
    grants: await liveGrants(services.issuer, folder),
    samples: country.samples,
  });
  stops.add(async () => await rm(announced, { force: true }));
  await writePlatformFile(options.data, platform);
  const seconds = (performance.now() - began) / 1000;
  const { citizens, seed } = country;
  screen.line(closingScreen({ platform, data: options.data, citizens, seed, seconds }));
}

/** Writes the demo into the authority's database, as far as it is not there. @returns what it consists of */
async function register(
  authorityUrl: string,
  folder: DataFolder,
  country: SeededCountry,
): Promise<{ definition: PlatformDefinition; people: TestPerson[] }> {
  const definition = demoPlatform(await systemKeys(folder), dayInVietNam(new Date()));
  const citizens = demoCitizens(makeCountry(country), country.samples.citizen);
  await registerPlatform(authorityUrl, definition);
  return { definition, people: testPeople(definition, citizens) };
}

/** Authority, audit process, subgraphs and router, in the order in which they need one another. @returns their addresses */
async function startAll(options: {
  folder: DataFolder;
  subgraphs: readonly FederatedSubgraph[];
  ports: ReturnType<typeof portsFrom>;
  /** The databases, by the register's name, the authority's and the audit process's. */
  urls: Record<string, string>;
  /** The audit database as the router may use it. */
  auditWriter: string;
  /** The file of the people who may sign in. */
  people: string;
  stops: Stops;
}): Promise<{ graphql: string; issuer: string; jwks: string; audit: string }> {
  const { folder, subgraphs, ports, urls, auditWriter, people, stops } = options;
  const start = async (starting: Promise<RunningService>): Promise<RunningService> => {
    const running = await starting;
    stops.add(async () => await running.stop());
    return running;
  };
  const supergraph = join(folder.path, "supergraph.graphql");
  const urlOf = ({ name }: FederatedSubgraph) =>
    `http://127.0.0.1:${ports.subgraphs.get(name)}/graphql`;
  await writeSupergraph(supergraph, compose(await readSchemas(subgraphs, urlOf)));
  const { url: issuer } = await start(
    startAuthority(folder, {
      port: ports.authority,
      databaseUrl: urls["authority"]!,
      supergraph,
      testPeople: people,
    }),
  );
  const { url: audit } = await start(
    startAudit(folder, { port: ports.audit, databaseUrl: urls["audit"]!, supergraph, issuer }),
  );
  for (const subgraph of subgraphs.filter(isOwnProcess)) {
    const { name } = subgraph;
    await start(startSubgraph(subgraph, folder, ports.subgraphs.get(name)!, urls[name]!));
  }
  const jwks = await keysAddress(issuer);
  const router = await start(
    startRouter(folder, {
      port: ports.router,
      supergraph,
      issuer,
      jwks,
      audit: { origin: audit, databaseUrl: auditWriter },
    }),
  );
  await untilReady("router", router);
  return { graphql: `${router.url}/graphql`, issuer, jwks, audit };
}
