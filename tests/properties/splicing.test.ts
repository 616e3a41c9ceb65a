import fc from "fast-check";
import {
  execute,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  validate,
  type GraphQLOutputType,
} from "graphql";
import { afterAll, describe, expect, test } from "vitest";
import { executableSchema } from "../harness/stub-federation.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { throughStages, type Reading, type StagedAnswer } from "../harness/through-stages.ts";
import { InProcessRouter, NoFederation } from "./in-process-router.ts";
import { mangled } from "./mangled-texts.ts";
import { World } from "./random-data.ts";
import { randomModel, SCOPES } from "./random-federation.ts";
import { randomOperation } from "./random-operation.ts";
import { Tape, tapeOf } from "./tape.ts";

/**
 * Answers of subgraphs that are read as text, against the same texts parsed: the same letters in the answer, the same
 * errors in the same order, the same cost, the same people on record, and the same fetches. Texts are as they should be,
 * or anything else. Set SPLICING_SEED to run the cases of an earlier run again; SPLICING_CASES for more.
 */
const SEED = Number(process.env["SPLICING_SEED"] ?? Date.now() % 1_000_000_000);
const CASES = Number(process.env["SPLICING_CASES"] ?? 2_000);
const GROUPS = 10;

console.log(`splicing properties: seed ${SEED}, ${CASES} cases over each kind of schema`);

const done = { cases: 0, read: 0, parsed: 0, failed: 0, objects: 0 };
const numbers = fc.array(fc.nat(1_000_000_000), { minLength: 40, maxLength: 400, size: "max" });

/** Both ways with the same texts. */
async function compare(
  what: string,
  salt: number,
  answer: (reading: Reading, sent: (text: string) => string) => Promise<StagedAnswer>,
): Promise<void> {
  const told: object[] = [];
  for (const splices of [false, true]) {
    const reading = { splices, read: 0, parsed: 0 };
    const texts: string[] = [];
    const sent = (text: string): string => {
      texts.push(text);
      return mangled(text, tapeOf(salt + lengthsOf(text), 300));
    };
    const staged = await answer(reading, sent).catch((cause: unknown) => {
      throw new Error(`${what} (splices: ${splices})`, { cause });
    });
    told.push({ ...tell(staged), fetches: texts.toSorted() });
    if (!splices) continue;
    done.cases += 1;
    done.read += reading.read;
    done.parsed += reading.parsed;
    done.objects += staged.subjects.objects;
    if ((staged.answer.errors ?? []).length > 0) done.failed += 1;
  }
  expect(told[1], what).toEqual(told[0]);
}

function lengthsOf(text: string): number {
  let sum = text.length;
  for (let index = 0; index < text.length; index += 7) sum += text.charCodeAt(index) * index;
  return sum;
}

function tell({ answer, subjects, written, cost }: StagedAnswer): object {
  return {
    written: written ?? JSON.stringify(answer.data),
    errors: (answer.errors ?? []).map(({ message, path, extensions }) => ({
      message,
      path,
      extensions,
    })),
    cost,
    objects: subjects.objects,
    keys: [...subjects.byType]
      .map(([type, keys]) => `${type}: ${[...keys].toSorted().join()}`)
      .toSorted(),
  };
}

describe("random federations", () => {
  test.each(Array.from({ length: GROUPS }, (_, group) => group))(
    "read as they are parsed (group %i)",
    { timeout: 300_000 },
    async (group) => {
      const schemas = 5;
      for (let index = 0; index < schemas; index += 1) {
        const { router, seed } = federation(SEED + (group * schemas + index) * 1_000);
        const model = randomModel(seed);
        await fc.assert(
          fc.asyncProperty(
            numbers,
            fc.subarray([...SCOPES]),
            fc.nat(),
            async (given, held, salt) => {
              const { text, variables } = randomOperation(router.schema, new Tape(given));
              const document = parse(text);
              fc.pre(validate(router.schema, document).length === 0);
              const scopes = new Set<string>(held);
              await compare(
                `schema ${seed}, salt ${salt}: ${text}`,
                salt,
                async (reading, sent) => {
                  const world = new World(model, String(salt));
                  return await router.answer(document, variables, scopes, world, { reading, sent });
                },
              );
            },
          ),
          {
            numRuns: Math.ceil(CASES / GROUPS / schemas),
            seed: SEED + group * schemas + index,
            maxSkipsPerRun: 1_000,
            endOnFailure: true,
          },
        );
      }
    },
  );
});

function federation(seed: number): { router: InProcessRouter; seed: number } {
  for (let next = seed; next < seed + 50; next++) {
    try {
      return { router: new InProcessRouter(randomModel(next)), seed: next };
    } catch (error) {
      if (!(error instanceof NoFederation)) throw error;
    }
  }
  throw new Error(`no federation composes from seed ${seed} on`);
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@external", "@requires", "@shareable", "@inaccessible", "@cost", "@composeDirective", "@requiresScopes"])
  @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
  @composeDirective(name: "@subject")
directive @subject(path: String!) repeatable on OBJECT
scalar Day
scalar Anything
`;

/** Leaves of every kind, lists within lists, weights, and whose data it is said in every way. */
const SCHEMAS = {
  people: `${LINK}
    type Query { person(n: Int! = 1): Person people(n: Int): [Person!] thing: Thing card: Card! groups: [Group] }
    type Person @key(fields: "id") @subject(path: "id") {
      id: ID! name: String! born: Day height: Float paid: Int alive: Boolean kind: Kind! card(n: Int! = 3): Card
      cards: [Card] home: Home! secret: String @requiresScopes(scopes: [["s:a"]]) }
    type Card @subject(path: "..") { number: ID! issued: Day rate: Float! kinds: [Kind!]! more: Anything holder: Person parts: [[Part!]] }
    type Part @subject(path: "..") @cost(weight: 3) { size: Int @cost(weight: 2) label(n: Int): String note: String @requiresScopes(scopes: [["s:a"]]) }
    type Home { street: String commune: Commune! }
    type Commune @shareable { code: ID! names: [String] }
    type Group @subject(path: "members.person.id") { title: String members: [Member!] }
    type Member @subject(path: "person.id") { person: Person since: Day }
    union Thing = Card | Home
    enum Kind { RED GREEN BLUE @inaccessible }`,
  firms: `${LINK}
    type Person @key(fields: "id") @subject(path: "id") {
      id: ID! name: String! @external rights(n: Int): Rights! firms: [Role!] score: Int @requires(fields: "name")
      constructor: Share }
    type Rights { total: Int! nodes: [Right!] share: Share }
    type Right @subject(path: "person.id") @subject(path: "firm.code") { person: Person firm: Firm share: Share area: Float kind: Tone! }
    type Share @subject(path: "..") { above: Int below: Int! }
    type Role @subject(path: "firm.code") @cost(weight: 0) { firm: Firm role: Tone since: [Day!] commune: Commune }
    type Firm @key(fields: "code") @subject(path: "code") { code: Int! title: String owner: Person open: Boolean! }
    type Commune @shareable { code: ID! names: [String] }
    enum Tone { HIGH LOW }`,
};

describe("every kind of leaf", async () => {
  const supergraph = loadedSupergraph(SCHEMAS);
  const subgraphs = new Map(
    Object.entries(SCHEMAS).map(([name, text]) => [name, executableSchema(text)] as const),
  );
  test.each(Array.from({ length: GROUPS }, (_, group) => group))(
    "reads as it is parsed (group %i)",
    { timeout: 300_000 },
    async (group) => {
      await fc.assert(
        fc.asyncProperty(numbers, fc.boolean(), fc.nat(), async (given, holds, salt) => {
          const { text, variables } = randomOperation(supergraph.api, new Tape(given));
          const operation = readOperation(supergraph, text, variables);
          fc.pre(validate(supergraph.api, operation.document).length === 0);
          const scopes = new Set(holds ? ["s:a"] : []);
          await compare(`salt ${salt}: ${text}`, salt, async (reading, sent) => {
            let draw = 0;
            return await throughStages(
              operation,
              scopes,
              async (name, { query, variables: asked }) => {
                const result = await execute({
                  schema: subgraphs.get(name)!,
                  document: parse(query),
                  variableValues: asked,
                  rootValue: {},
                  fieldResolver: (object: Record<string, unknown>, args, _context, info) => {
                    if (info.fieldName === "_entities") return args["representations"] as unknown;
                    draw += 1;
                    const tape = tapeOf(salt + draw * 31, 60);
                    return info.fieldName in object && info.fieldName !== "constructor"
                      ? object[info.fieldName]
                      : invented(info.returnType, tape);
                  },
                  typeResolver: (object: { __typename: string }) => object.__typename,
                });
                return sent(JSON.stringify(result));
              },
              {},
              reading,
            );
          });
        }),
        {
          numRuns: Math.ceil(CASES / GROUPS),
          seed: SEED + group,
          maxSkipsPerRun: 1_000,
          endOnFailure: true,
        },
      );
    },
  );
});

function invented(type: GraphQLOutputType, tape: Tape): unknown {
  if (isNonNullType(type)) {
    const present = type.ofType as GraphQLOutputType;
    return invented(present, tape) ?? (isLeafType(present) ? 1 : isListType(present) ? [] : {});
  }
  if (tape.chance(12)) return null;
  if (isListType(type))
    return Array.from({ length: tape.below(4) }, () =>
      invented(type.ofType as GraphQLOutputType, tape),
    );
  if (isUnionType(type)) return { __typename: tape.pick(type.getTypes()).name };
  if (isObjectType(type)) return { __typename: type.name };
  const leaf = LEAVES[(type as { name: string }).name];
  return leaf === undefined ? null : tape.pick(leaf);
}

const LEAVES: Readonly<Record<string, readonly unknown[]>> = {
  ID: ["1", "2", "3", "Hà", "long key ".repeat(9), "a\\b"],
  String: ["", "Nguyễn", "plain", 'quote "', "\ud83d\ude00", "x".repeat(90)],
  Day: ["2024-02-29", "2025-01-01", 20_250_101, { year: 2025, "2": 1 }, [2025, 1], true],
  Anything: ["x", 1.25, { b: [1, { a: null }], "1": "x" }, [[]], false, "\u2028"],
  Int: [0, 1, -7, 80, 123_456_789, 2_147_483_647, -2_147_483_648],
  Float: [0, 1.5, -0.25, 100.5, 1e-7, 1e21, 3, 1_234_567_890.125],
  Boolean: [true, false],
  Kind: ["RED", "GREEN", "BLUE"],
  Tone: ["HIGH", "LOW"],
};

afterAll(() => {
  console.log(
    `${done.cases} cases: ${done.read} answers read, ${done.parsed} parsed; ${done.failed} with errors, ${done.objects} objects of somebody's`,
  );
});
