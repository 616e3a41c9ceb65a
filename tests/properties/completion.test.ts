import fc from "fast-check";
import {
  buildSchema,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  print,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { afterAll, expect, test } from "vitest";
import type { CostTable } from "../../gateway/router/src/cost/cost-table.ts";
import { Costs } from "../../gateway/router/src/cost/costs.ts";
import { FieldErrors } from "../../gateway/router/src/execute/field-errors.ts";
import { adopt, isMap, type ResultMap } from "../../gateway/router/src/execute/merge.ts";
import type { Path } from "../../gateway/router/src/execute/places.ts";
import { innerKey, type Apart } from "../../gateway/router/src/plan/keep-apart.ts";
import type { Plan } from "../../gateway/router/src/plan.ts";
import { completeWithGraphql } from "../../gateway/router/src/shape/complete-with-graphql.ts";
import type { Completed } from "../../gateway/router/src/shape/completed.ts";
import { writerFor } from "../../gateway/router/src/shape/writers.ts";
import { WrittenData } from "../../gateway/router/src/shape/written-data.ts";
import { randomOperation } from "./random-operation.ts";
import { Tape, tapeOf } from "./tape.ts";

/**
 * What is compiled of an operation against graphql-js completing it: the same data, the same errors in the same order,
 * whatever the fetches brought. Set COMPLETION_SEED to run the cases of an earlier run again; COMPLETION_CASES for more.
 */
const SEED = Number(process.env["COMPLETION_SEED"] ?? Date.now() % 1_000_000_000);
const CASES = Number(process.env["COMPLETION_CASES"] ?? 10_000);
const SCHEMAS = 100;

console.log(`completion properties: seed ${SEED}, ${CASES} cases over ${SCHEMAS} schemas`);

const done = { cases: 0, failed: 0, nothing: 0, refused: 0, hidden: 0, counted: 0 };

const OBJECTS = ["A", "B", "C", "D"];
const LEAVES = ["Int", "Float", "String", "Boolean", "ID", "Colour", "Anything"];
const WRAPS = ["%", "%", "%!", "[%]", "[%!]", "[%]!", "[%!]!", "[[%]!]", "[[%!]!]!"];

/** Objects, two interfaces and a union; fields of every wrapping, some with arguments that must not be null. */
function randomSchema(tape: Tape): GraphQLSchema {
  const types = [...OBJECTS, "I", "J", "U"];
  const fieldsOf = (owner: string): string[] =>
    Array.from({ length: 3 + tape.below(4) }, (_, index) => {
      const type = tape.pick(tape.chance(55) ? LEAVES : types);
      const args = tape.chance(15) ? `(n: ${tape.pick(["Int", "Int! = 3"])})` : "";
      return `${owner}${index}${args}: ${tape.pick(WRAPS).replace("%", type)}`;
    });
  const interfaces = { I: fieldsOf("i"), J: fieldsOf("j") };
  const lines = [
    "scalar Anything",
    "enum Colour { RED GREEN }",
    `type Query { ${fieldsOf("q").join(" ")} }`,
    `interface I { ${interfaces.I.join(" ")} }`,
    `interface J { ${interfaces.J.join(" ")} }`,
    `union U = ${OBJECTS.slice(0, 2 + tape.below(3)).join(" | ")}`,
    ...OBJECTS.map((name, index) => {
      // Every interface has a type that implements it.
      const has = { I: index === 0 || tape.chance(40), J: index === 1 || tape.chance(40) };
      const of = (["I", "J"] as const).filter((each) => has[each]);
      const head = of.length === 0 ? "" : ` implements ${of.join(" & ")}`;
      const fields = [...fieldsOf(name.toLowerCase()), ...of.flatMap((each) => interfaces[each])];
      return `type ${name}${head} { ${fields.join(" ")} }`;
    }),
  ];
  return buildSchema(lines.join("\n"));
}

/** Weights of some fields and types; of no scalar whose values may be lists. */
function randomCosts(schema: GraphQLSchema, tape: Tape): CostTable {
  const fields = new Map<string, number>();
  const types = new Map<string, number>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || type.name === "Anything") continue;
    if (tape.chance(10)) types.set(type.name, tape.below(7) - 1);
    if (!isObjectType(type)) continue;
    for (const { name, type: given } of Object.values(type.getFields()))
      if (tape.chance(15) && getNamedType(given).name !== "Anything")
        fields.set(`${type.name}.${name}`, tape.below(7) - 1);
  }
  return { fields, types, arguments: new Map(), lists: new Map() };
}

/** The document with the type's name asked of every interface and union: then data alone says what it cost. */
function namingTypes(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const info = new TypeInfo(schema);
  const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } } as const;
  return visit(
    document,
    visitWithTypeInfo(info, {
      SelectionSet: {
        leave: (node) =>
          isAbstractType(info.getParentType())
            ? { ...node, selections: [typename, ...node.selections] }
            : undefined,
      },
    }),
  );
}

/** Values for an operation, most of them right: by response key, with the type's name beside them. */
class Values {
  readonly #schema: GraphQLSchema;
  readonly #tape: Tape;
  readonly #document: DocumentNode;
  readonly #apart: Apart | undefined;
  /** Every place a value was made up for. */
  readonly places: Path[] = [];
  readonly objects: Path[] = [];

  constructor(schema: GraphQLSchema, document: DocumentNode, apart: Apart | undefined, tape: Tape) {
    this.#schema = schema;
    this.#document = document;
    this.#apart = apart;
    this.#tape = tape;
  }

  data(): ResultMap {
    const operation = definitionOf(this.#document);
    return this.#object(this.#schema.getQueryType()!, [operation], []) as ResultMap;
  }

  /** All that any selection here could ask for, whatever the object's type and the conditions. */
  #object(type: GraphQLNamedType, nodes: readonly Selecting[], path: Path): unknown {
    const tape = this.#tape;
    const possible = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type];
    const actual = tape.pick(possible);
    this.objects.push(path);
    const named = tape.pick([
      ...Array.from({ length: 30 }, () => actual.name),
      type.name,
      undefined,
      null,
      7,
      "Nobody",
      tape.pick(OBJECTS),
    ]);
    const object: Record<string, unknown> = named === undefined ? {} : { __typename: named };
    for (const [key, same] of this.#fields(nodes)) {
      const first = same[0]!;
      if (first.name.value === "__typename" || !isObjectType(actual)) continue;
      const field = actual.getFields()[first.name.value];
      if (field === undefined || tape.chance(3)) continue;
      const inner = innerKey(this.#apart, first.name.value, key);
      object[inner] = this.#value(field.type, same, [...path, key]);
    }
    return object;
  }

  #fields(nodes: readonly Selecting[]): Map<string, FieldNode[]> {
    const found = new Map<string, FieldNode[]>();
    const collect = ({ selectionSet }: Selecting): void => {
      for (const selection of selectionSet?.selections ?? []) {
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value;
          found.set(key, [...(found.get(key) ?? []), selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection);
        else {
          const { value: name } = selection.name;
          const fragment = this.#document.definitions.find(
            (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name,
          );
          if (fragment?.kind === Kind.FRAGMENT_DEFINITION) collect(fragment);
        }
      }
    };
    for (const node of nodes) collect(node);
    return found;
  }

  #value(type: GraphQLOutputType, nodes: readonly FieldNode[], path: Path): unknown {
    const tape = this.#tape;
    this.places.push(path);
    if (isNonNullType(type))
      return tape.chance(2) ? null : this.#value(type.ofType as GraphQLOutputType, nodes, path);
    if (tape.chance(6)) return null;
    if (tape.chance(2)) return tape.pick(WRONG);
    if (isListType(type))
      return Array.from({ length: tape.below(4) }, (_, index) =>
        this.#value(type.ofType as GraphQLOutputType, nodes, [...path, index]),
      );
    const named = getNamedType(type);
    if (isEnumType(named)) return tape.pick(["RED", "GREEN", "GREEN", "RED", "BLUE"]);
    const leaf = LEAF_VALUES[named.name];
    return leaf === undefined ? this.#object(named, nodes, path) : tape.pick(leaf);
  }
}

/** Fields under such an alias are fetched under another key. */
const APART: Apart = { prefix: "apart_", contested: new Set(), added: new Set(["id", "own_id"]) };

type Selecting = Pick<FieldNode, "selectionSet">;

const TEXTS = [
  "",
  "Nguyễn Thị Hương",
  'quote " and \\ backslash',
  "line\nfeed\u0000\u001f\u007f",
  "\u2028 and \u2029",
  "alone \ud800 and \udc00, together \ud83d\ude00",
  "long ".repeat(30),
  `long ${'" \u0007'.repeat(20)}`,
  // One of what must be escaped each, so that each is looked for.
  ...['"', "\\", "\n", "\u0000", "\u001f", "\ud800", "\udfff"].map((each) => `one ${each} alone`),
  "__proto__",
];
const WRONG: readonly unknown[] = [
  "text",
  "",
  "12",
  0,
  2.5,
  true,
  false,
  [],
  [null],
  [1, [2]],
  {},
  { __typename: "A" },
  { toJSON: 1, valueOf: "x" },
];
const LEAF_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  Int: [0, -0, 1, -7, 2_147_483_647, -2_147_483_648, 2_147_483_648, 1.5, 1e21, "5", "five", true],
  Float: [0, -0, 1.5, -1e-9, 1e21, 12, "2.5", "x", true],
  String: [...TEXTS, ...TEXTS, 5, true, {}],
  Boolean: [true, false, true, false, 1, 0, "true"],
  ID: [...TEXTS, 5, -0, 1.5, true],
  Anything: [...TEXTS, 1, { a: { b: [1, null, "x"] } }, [1, [2, null]], true, { toJSON: "x" }],
};

function definitionOf(document: DocumentNode): OperationDefinitionNode {
  const definition = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return definition as OperationDefinitionNode;
}

interface Case {
  readonly plan: Plan;
  readonly data: ResultMap;
  /** Errors with where they belong, and silenced places. */
  readonly errors: () => FieldErrors;
  readonly withheld: ReadonlySet<ResultMap>;
  /** Whether objects of interfaces and unions name their types. */
  readonly named: boolean;
  readonly text: string;
}

/** A random operation over random data, of which some is refused, hidden, withheld or failed. */
function randomCase(schema: GraphQLSchema, tape: Tape): Case | undefined {
  const operationTape = tapeOf(tape.below(1_000_000_000), 240);
  const { text, variables } = randomOperation(schema, operationTape);
  const named = tape.chance(50);
  const weights = tapeOf(tape.below(1_000_000_000), 400);
  const parsed = parse(text);
  if (validate(schema, parsed).length > 0) return undefined;
  const document = named ? namingTypes(parsed, schema) : parsed;
  const given: Record<string, unknown> = { ...variables };
  if (tape.chance(30) && "n" in given) given["n"] = null;
  for (const name of ["yes", "no"]) if (name in given) given[name] = tape.chance(50);
  const apart = tape.chance(30) ? APART : undefined;
  const values = new Values(schema, document, apart, tape);
  const data = adopt(values.data()) as ResultMap;
  const refused = new Set<FieldNode>();
  if (tape.chance(25))
    visit(document, { Field: (node) => void (tape.chance(15) && refused.add(node)) });
  const hidden = new Set(tape.chance(20) ? [tape.pick(OBJECTS)] : []);
  const someOf = (places: readonly Path[], most: number): Path[] =>
    places.length === 0 ? [] : Array.from({ length: tape.below(most) }, () => tape.pick(places));
  const failing = tape.chance(60) ? someOf(values.places, 6) : [];
  const silenced = tape.chance(20) ? someOf(values.places, 3) : [];
  const places = tape.chance(10) ? someOf(values.objects, 2) : [];
  const withheld = new Set(places.map((path) => at(data, path)).filter(isMap));
  for (const path of failing) if (tape.chance(70)) setNull(data, path);
  const errors = (): FieldErrors => {
    const made = new FieldErrors({ apart: undefined, subjects: undefined });
    for (const [index, path] of failing.entries())
      made.add(path, new GraphQLError(`failed ${index}`, { extensions: { code: "SOME" } }));
    for (const path of silenced) made.silence(path);
    return made;
  };
  const costs = randomCosts(schema, weights);
  const operation = {
    document,
    name: null,
    variables: given,
    values: given,
    supergraph: { api: schema, costs },
  };
  const filtered = {
    document: withoutRefused(document, refused),
    asked: document,
    refused,
    refusals: [],
    hidden,
  };
  const plan = { operation, filtered, apart } as unknown as Plan;
  return { plan, data, errors, withheld, named, text: print(document) };
}

/** What is left to fetch, and costs anything. */
function withoutRefused(document: DocumentNode, refused: ReadonlySet<FieldNode>): DocumentNode {
  return visit(document, {
    Field: (node) => (refused.has(node) && node.name.value !== "__typename" ? null : undefined),
  });
}

function at(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (isMap(value) || Array.isArray(value) ? (value as ResultMap)[key] : undefined),
    data,
  );
}

function setNull(data: ResultMap, path: Path): void {
  const around = at(data, path.slice(0, -1));
  if (isMap(around) || Array.isArray(around)) (around as ResultMap)[path.at(-1)!] = null;
}

function told({ data, failures, hiddenAt }: Completed, errors: FieldErrors): object {
  return {
    data: data instanceof WrittenData ? data.text : JSON.stringify(data),
    failures: failures.map(({ message, path, extensions }) => ({ message, path, extensions })),
    hiddenAt,
    rest: errors.rest().map(({ message, path }) => ({ message, path })),
  };
}

test.each(Array.from({ length: SCHEMAS }, (_, index) => index))(
  "what is compiled answers as graphql-js does (schema %i)",
  { timeout: 300_000 },
  async (index) => {
    const schema = randomSchema(tapeOf(SEED + index, 400));
    const numbers = fc.array(fc.nat(1_000_000_000), { minLength: 40, maxLength: 600, size: "max" });
    await fc.assert(
      fc.asyncProperty(numbers, async (given) => {
        const made = randomCase(schema, new Tape(given));
        fc.pre(made !== undefined);
        const { plan, data, errors, withheld, named, text } = made!;
        const costs = new Costs(20, 100_000);
        const write = writerFor(plan, costs);
        expect(write, text).toBeDefined();
        const [written, completed] = [errors(), errors()];
        const answer = write!({ data, errors: written, withheld });
        const known = await completeWithGraphql({ plan, data, errors: completed, withheld });
        const [left, right] = [told(answer, written), told(known, completed)];
        expect(left, text).toEqual(right);
        done.cases += 1;
        const { supergraph, name, values } = plan.operation;
        const cost = costs.of(supergraph, plan.filtered.document!, name);
        if (named && answer.data instanceof WrittenData && answer.data.cost !== undefined) {
          done.counted += 1;
          expect(cost.actual(answer.data, values), text).toBe(
            cost.actual(known.data as ResultMap, values),
          );
        }
        if (known.failures.length > 0) done.failed += 1;
        if (known.data === null) done.nothing += 1;
        if (plan.filtered.refused.size > 0) done.refused += 1;
        if (known.hiddenAt.length > 0) done.hidden += 1;
      }),
      { numRuns: Math.ceil(CASES / SCHEMAS), seed: SEED + index, maxSkipsPerRun: 1_000 },
    );
  },
);

afterAll(() => {
  console.log(
    `${done.cases} cases: ${done.failed} with errors, ${done.nothing} without data, ${done.refused} with refused fields, ${done.hidden} with hidden objects; ${done.counted} costs compared`,
  );
});
