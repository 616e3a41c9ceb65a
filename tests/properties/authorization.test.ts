import fc from "fast-check";
import { parse, validate, type ExecutionResult } from "graphql";
import { afterAll, describe, expect, test } from "vitest";
import type { Subjects } from "../../gateway/router/src/record/subjects.ts";
import { InProcessRouter, NoFederation } from "./in-process-router.ts";
import { Oracle, type Judged } from "./oracle.ts";
import { World } from "./random-data.ts";
import { randomModel, SCOPES } from "./random-federation.ts";
import { randomOperation } from "./random-operation.ts";
import { Tape } from "./tape.ts";

/** Set PROPERTY_SEED to run the cases of an earlier run again; PROPERTY_SCHEMAS and PROPERTY_CASES for more of them. */
const SEED = Number(process.env["PROPERTY_SEED"] ?? Date.now() % 1_000_000_000);
const SCHEMAS = Number(process.env["PROPERTY_SCHEMAS"] ?? 200);
const CASES = Number(process.env["PROPERTY_CASES"] ?? 10_000);
const GROUPS = 20;
const PER_SCHEMA = Math.ceil(CASES / SCHEMAS);

console.log(
  `authorization properties: seed ${SEED}, ${SCHEMAS} schemas, ${PER_SCHEMA} operations each`,
);

const done = { schemas: 0, cases: 0, refused: 0, empty: 0, partial: 0, subjects: 0 };

/** The next model from `seed` on whose subgraphs compose: a random federation may contradict itself. */
function federation(seed: number): { router: InProcessRouter; oracle: Oracle; seed: number } {
  for (let next = seed; next < seed + 50; next++) {
    const model = randomModel(next);
    try {
      const router = new InProcessRouter(model);
      return { router, oracle: new Oracle(model, router.schema), seed: next };
    } catch (error) {
      if (!(error instanceof NoFederation)) throw error;
    }
  }
  throw new Error(`no federation composes from seed ${seed} on`);
}

const operations = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 240, size: "max" });
const rights = fc.subarray([...SCOPES]);

describe.each(Array.from({ length: GROUPS }, (_, group) => group))("group %i", (group) => {
  test(
    "the answer is what a server gives whose every field checks its own rule",
    { timeout: 300_000 },
    async () => {
      for (let index = group; index < SCHEMAS; index += GROUPS) {
        const { router, oracle, seed } = federation(SEED + index * 1_000);
        const model = randomModel(seed);
        let checked = 0;
        await fc.assert(
          fc.asyncProperty(operations, rights, fc.nat(), async (numbers, held, salt) => {
            const { text, variables } = randomOperation(router.schema, new Tape(numbers));
            const document = parse(text);
            fc.pre(validate(router.schema, document).length === 0);
            const world = new World(model, String(salt));
            const scopes = new Set<string>(held);
            const judged = await oracle.judge(document, variables, scopes, world);
            const what = `schema ${seed}: ${text}`;
            const answer = await router
              .answer(document, variables, scopes, world)
              .catch((cause: unknown) => {
                throw new Error(what, { cause });
              });
            compare(answer.answer, judged, what);
            compareSubjects(answer.subjects, judged, what);
            checked += 1;
          }),
          { numRuns: PER_SCHEMA, seed: SEED + index, maxSkipsPerRun: 1_000 },
        );
        done.schemas += 1;
        done.cases += checked;
      }
    },
  );
});

afterAll(() => {
  console.log(
    `${done.cases} cases over ${done.schemas} schemas: ${done.partial} refused in part, ${done.empty} altogether; ${done.subjects} data subjects`,
  );
});

/** Data exactly; refused paths exactly; the case in which nothing is left apart. */
function compare({ data, errors = [] }: ExecutionResult, judged: Judged, what: string): void {
  const paths = errors.flatMap(({ path, extensions }) =>
    extensions["code"] === "UNAUTHORIZED_FIELD_OR_TYPE" ? [(path ?? []).join(".")] : [],
  );
  expect(new Set(paths), what).toEqual(judged.refused);
  expect(paths, what).toHaveLength(judged.refused.size);
  expect(
    [...judged.met].filter((path) => !judged.refused.has(path)),
    what,
  ).toEqual([]);
  if (judged.refused.size > 0) done.partial += 1;
  if (!judged.anythingLeft && judged.refused.size > 0) {
    done.empty += 1;
    expect(data, what).toBeNull();
    return;
  }
  expect(plain(data), what).toEqual(plain(judged.data));
}

/** Whose data is on record: of everything the operation came by, of nothing else; of nothing where nothing was fetched. */
function compareSubjects(subjects: Subjects, judged: Judged, what: string): void {
  const keys = new Set(
    [...subjects.byType].flatMap(([type, each]) => [...each].map((key) => `${type} ${key}`)),
  );
  if (!judged.anythingLeft && judged.refused.size > 0) {
    expect([subjects.objects, keys.size], what).toEqual([0, 0]);
    return;
  }
  done.subjects += keys.size;
  expect(keys, what).toEqual(judged.owners.keys);
  expect(subjects.objects, what).toBe(judged.owners.objects);
}

/** graphql-js makes maps without a prototype. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
