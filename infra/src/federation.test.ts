import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFederation, readSubjectSets, ROOT } from "./federation.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "truc-federation-"));
  await mkdir(join(root, "infra"));
});
afterAll(async () => await rm(root, { recursive: true, force: true }));

async function read(yaml: string) {
  const file = join(root, "infra", "federation.yaml");
  await writeFile(file, yaml);
  return readFederation(file);
}

const ONE =
  "{title: Register of ships, folder: subgraphs/ships, url: 'http://127.0.0.1:4015/graphql', permit: true, batching: false}";

test("a further register is an entry: its folder lies beside infra/", async () => {
  expect(await read(`subgraphs: {ships: ${ONE}}`)).toEqual([
    {
      name: "ships",
      title: "Register of ships",
      folder: join(root, "subgraphs/ships"),
      url: "http://127.0.0.1:4015/graphql",
      permit: true,
      batching: false,
      splicing: false,
    },
  ]);
});

test.each(["authority", "audit"])("a subgraph may be served by the process %s", async (process) => {
  const [ships] = await read(`subgraphs: {ships: ${ONE.replace("}", `, process: ${process}}`)}}`);
  expect(ships!.process).toBe(process);
});

test("the project's own list reads, and every folder of it has a schema's place", () => {
  expect(readFederation().map(({ folder }) => folder.slice(ROOT.length))).toEqual([
    "subgraphs/population",
    "subgraphs/land",
    "subgraphs/business",
    "subgraphs/insurance",
    "gateway/authority",
    "gateway/audit",
  ]);
});

test.each([
  ["subgraphs: {}", "there is no subgraph"],
  ["subgraphs: [", "it cannot be read"],
  [`subgraphs: {Ships: ${ONE}}`, '"Ships" is not a subgraph\'s name'],
  ["subgraphs: {ships: {folder: x}}", "ships has no title"],
  [`subgraphs: {ships: ${ONE.replace("folder: subgraphs/ships, ", "")}}`, "ships has no folder"],
  [
    `subgraphs: {ships: ${ONE.replace("'http://127.0.0.1:4015/graphql'", "here")}}`,
    "ships has no URL",
  ],
  [
    `subgraphs: {ships: ${ONE.replace("permit: true", "permit: maybe")}}`,
    "ships does not say whether",
  ],
  [
    `subgraphs: {ships: ${ONE.replace("}", ", colour: red}")}}`,
    'ships has an unknown setting "colour"',
  ],
  [
    `subgraphs: {ships: ${ONE.replace("}", ", process: harbour}")}}`,
    "ships names a process that serves no subgraph",
  ],
])("%s is refused", async (yaml, sentence) => {
  await expect(read(yaml)).rejects.toThrow(sentence);
});

const SETS =
  "{subgraph: ships, operation: 'query ($citizen: ID!) { crew(of: $citizen) { household wards } }', scopes: [ships:crew], entity: Sailor}";

async function readSets(sets: string) {
  const file = join(root, "infra", "federation.yaml");
  await writeFile(
    file,
    `{subgraphs: {ships: ${ONE}}${sets === "" ? "" : `, subjectSets: ${sets}`}}`,
  );
  return readSubjectSets(file);
}

test("whose records belong to a person is said by an operation of one of the subgraphs, or by none", async () => {
  expect(await readSets("")).toBeUndefined();
  expect(await readSets(SETS)).toEqual({
    subgraph: "ships",
    operation: "query ($citizen: ID!) { crew(of: $citizen) { household wards } }",
    scopes: ["ships:crew"],
    entity: "Sailor",
  });
  expect(readSubjectSets()?.subgraph).toBe("population");
});

test.each([
  [SETS.replace("ships,", "boats,"), "names no subgraph of the list"],
  [SETS.replaceAll("$citizen", "$id"), "no operation with a variable $citizen"],
  [SETS.replace("[ships:crew]", "all"), "does not list its scopes"],
  [SETS.replace(", entity: Sailor", ""), "does not say whose keys it answers with"],
  [SETS.replace("scopes:", "colour: red, scopes:"), 'an unknown setting "colour"'],
])("subjectSets %s is refused", async (sets, sentence) => {
  await expect(readSets(sets)).rejects.toThrow(sentence);
});
