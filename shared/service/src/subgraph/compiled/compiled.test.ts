import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  parse,
  print,
  validate,
} from "graphql";
import { describe, expect, it } from "vitest";
import { randomOperation, seededRandom } from "../../testing/random-operation.ts";
import { difference, type ReadAnswer } from "../../testing/same-answers.ts";
import type { OperationContext } from "../operation-context.ts";
import { PreparedExecution } from "./execute-prepared.ts";

/** Every way in which types can hold each other, and everything that resolvers may do. */
const SDL = /* GraphQL */ `
  type Query {
    thing(kind: Kind, at: Int = 3): Thing
    surely: Thing!
    things(first: Int): [Thing]
    all: [Thing!]!
    any: [Any!]
    named: Named
    grid: [[Int!]]
    text: String
  }
  type Thing implements Named {
    id: ID!
    name: String
    size: Int!
    weight: Float
    good: Boolean
    kind: Kind
    next: Thing
    surely: Thing!
    parts: [Part!]
    others: [Thing!]!
    grid: [[Float]!]!
    any: Any
    named(of: String): Named!
    free: Free
  }
  type Part implements Named {
    name: String
    of: Thing!
    words: [String!]!
    free: Free!
  }
  interface Named {
    name: String
  }
  union Any = Thing | Part
  enum Kind {
    ROUND
    FLAT
  }
  scalar Free
`;

/** What happens at a place depends on the place and the seed alone, so that both executions meet the same. */
function chaotic(seed: number, errors: number): GraphQLSchema {
  const schema = buildSchema(SDL);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_source, args, _context, info) => {
        let place = `${seed}${JSON.stringify(args)}`;
        for (let step: typeof info.path | undefined = info.path; step; step = step.prev)
          place += `/${step.key}`;
        const random = seededRandom(hashOf(place));
        return chaosOf(String(field.type), random, errors);
      };
    }
  }
  return schema;
}

function chaosOf(type: string, random: () => number, errors: number): unknown {
  const late = (value: () => unknown): unknown => {
    const turns = Math.floor(random() * 6);
    if (turns < 3) return value();
    return (async () => {
      for (let turn = 3; turn < turns; turn++) await Promise.resolve();
      return value();
    })();
  };
  if (random() < errors) {
    const failures = [
      () => {
        throw new Error("thrown");
      },
      () => new Error("given"),
      () => null,
      () => undefined,
      () => {
        throw new GraphQLError("coded", { extensions: { code: "CODED" } });
      },
      // What JSON has no text for stands for null here, where JSON.stringify leaves the whole field out.
      () => (type.includes("Free") ? null : Symbol("no value")),
      () => 7.5,
      () => ({ nothing: true }),
    ];
    return late(failures[Math.floor(random() * failures.length)]!);
  }
  const inner = type.endsWith("!") ? type.slice(0, -1) : type;
  if (inner.startsWith("[")) {
    const items = Array.from({ length: Math.floor(random() * 3) }, () => {
      const item = chaosOf(inner.slice(1, -1), random, errors / 2);
      // It may fail before the list that holds it comes.
      if (item instanceof Promise) item.catch(() => {});
      return item;
    });
    return late(() => (random() < 0.2 ? new Set(items) : items));
  }
  const names = ["Part", "Thing"];
  switch (inner) {
    case "Int":
      return late(() => Math.floor(random() * 100) - 50);
    case "Float":
      return late(() => random() * 1e25);
    case "Boolean":
      return late(() => random() < 0.5);
    case "Kind":
      return late(() => (random() < 0.5 ? "ROUND" : "FLAT"));
    case "Free":
      return late(() => ({ quote: '"', list: [1, null, "đ"] }));
    case "Thing":
    case "Part":
      return late(() => ({ __typename: inner }));
    case "Any":
    case "Named":
      return late(() => ({
        __typename: random() < 0.9 ? names[Math.floor(random() * 2)] : "Kind",
      }));
    default:
      return late(() => `line\n"${Math.floor(random() * 1_000)}" \ud800 đ`);
  }
}

function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return hash >>> 0;
}

const context = { refusal: undefined } as OperationContext;

interface Case {
  schema: GraphQLSchema;
  document: DocumentNode;
  variables: Record<string, unknown>;
}

async function compiled({ schema, document, variables }: Case): Promise<ReadAnswer> {
  const operation = document.definitions.find((node) => node.kind === "OperationDefinition")!;
  const execution = new PreparedExecution({ schema, entities: new Set(), document, operation });
  const { data, errors } = await execution.run(context, variables);
  return asRead({ ...(data !== undefined && { data: JSON.parse(data) as unknown }), errors });
}

async function byGraphQL({ schema, document, variables }: Case): Promise<ReadAnswer> {
  const contextValue = context;
  return asRead(await execute({ schema, document, variableValues: variables, contextValue }));
}

/** Rejections that nobody listened to while something is done, and a turn of the event loop later. */
async function unheard(work: () => Promise<void>): Promise<unknown[]> {
  const found: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  const note = (reason: unknown): unknown => found.push(reason);
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  try {
    await work();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", note);
    for (const listener of others) process.on("unhandledRejection", listener);
  }
  return found;
}

/** How a schema's own faults are worded is for the log alone: there, both say what is wrong in their own words. */
function asRead(answer: object): ReadAnswer {
  return JSON.parse(JSON.stringify(answer), (name, value: unknown) =>
    name === "message" && /^(Abstract type|Expected|Runtime Object type) /.test(String(value))
      ? "a fault of the schema's"
      : value,
  ) as ReadAnswer;
}

const SEED = Number(process.env["COMPILED_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const CASES = Number(process.env["COMPILED_CASES"] ?? 1_000);
const ERROR_SHARES = [0, 0.02, 0.1, 0.3];

describe("compiled operations", () => {
  const title = `answer as graphql-js does, whatever resolvers do (COMPILED_SEED=${SEED})`;
  it(title, { timeout: 60_000 + CASES * 30 }, async () => {
    const random = seededRandom(SEED);
    const cases = Array.from({ length: CASES }, (_, run): Case => {
      for (;;) {
        const schema = chaotic(Math.floor(random() * 2 ** 31), ERROR_SHARES[run % 4]!);
        const source = { schema, random, values: {}, representations: [] };
        const { query, variables } = randomOperation(source);
        const document = parse(query);
        if (validate(schema, document).length === 0) return { schema, document, variables };
      }
    });
    const answers: ReadAnswer[] = [];
    const lost = await unheard(async () => {
      for (const each of cases) answers.push(await compiled(each));
    });
    expect(lost).toEqual([]);
    // graphql-js leaves rejections behind where a list fails at once.
    await unheard(async () => {
      let failed = 0;
      let nulled = 0;
      for (const [at, each] of cases.entries()) {
        const expected = await byGraphQL(each);
        const told = difference(answers[at]!, expected);
        const { document, variables } = each;
        if (told !== undefined)
          expect.fail(`${print(document)}\n${JSON.stringify(variables)}\n${told}`);
        if ((expected.errors?.length ?? 0) > 0) failed++;
        if (expected.data === null) nulled++;
      }
      expect(failed).toBeGreaterThan(CASES / 10);
      expect(nulled).toBeGreaterThan(CASES / 200);
    });
  });
});
