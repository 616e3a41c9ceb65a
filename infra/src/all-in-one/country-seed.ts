import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { StartupError } from "@truc/service";
import { makeCountry, samples } from "../country/country.ts";
import { loadCountry, type LoadProgress, type LoadReport } from "../country/load.ts";
import type { RegisterLoader } from "../country/model.ts";
import { ROOT } from "../federation.ts";
import type { StartOptions } from "./options.ts";
import type { PlatformFile } from "./platform-file.ts";
import { readJson, writeJson } from "./private-json.ts";

/** DIR/country.json: which country the databases hold, whole or in part. */
export interface SeededCountry {
  citizens: number;
  seed: number;
  samples: PlatformFile["samples"];
}

/**
 * The country this start is about: the one the data folder holds already, or the one asked for.
 * @throws StartupError when the folder holds another one than asked for
 */
export async function chooseCountry(options: StartOptions): Promise<SeededCountry> {
  const present = await readJson<SeededCountry>(fileIn(options.data));
  if (present === undefined) {
    const { citizens, seed } = options;
    const { citizen, parcel, company } = samples(makeCountry({ citizens, seed }));
    return { citizens, seed, samples: { citizen, parcel, company } };
  }
  const other = (["citizens", "seed"] as const).some(
    (name) => options.asked[name] && options[name] !== present[name],
  );
  if (!other) return present;
  throw new StartupError(
    `The data folder ${options.data} holds ${present.citizens} citizens of seed ${present.seed}, not ` +
      `${options.citizens} of seed ${options.seed}: leave these options out to use it, choose another folder with ` +
      `--data, or remove it.`,
  );
}

/** Written before the first row is, so that a start that was refused binds nobody to what it asked for. */
export async function rememberCountry(data: string, country: SeededCountry): Promise<void> {
  await writeJson(fileIn(data), country);
}

function fileIn(data: string): string {
  return join(data, "country.json");
}

/**
 * Fills the registers' migrated databases with the country, going on where an interrupted start left off. A register
 * for which the country has no loader (country/registers/NAME.ts) starts empty.
 */
export async function seedRegisters(
  { citizens, seed }: SeededCountry,
  urls: Record<string, string>,
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadReport> {
  const registers: { name: string; url: string; loader: RegisterLoader }[] = [];
  for (const [name, url] of Object.entries(urls)) {
    const file = join(ROOT, "infra", "src", "country", "registers", `${name}.ts`);
    if (!existsSync(file)) continue;
    const { loader } = (await import(pathToFileURL(file).href)) as { loader: RegisterLoader };
    registers.push({ name, url, loader });
  }
  return await loadCountry({ country: makeCountry({ citizens, seed }), registers, onProgress });
}
