import { buildSchema as buildPlainSchema, type GraphQLSchema, isObjectType } from "graphql";
import { databaseServers, type TestResult } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entitySamples } from "./entity-samples.ts";
import { type FilledRegister, registers, startFilled } from "./registers.ts";
import { entityKeys, parsed } from "./schema-reading.ts";
import { wholeSelection } from "./selections.ts";

type Representation = Record<string, unknown>;

describe.each(databaseServers())("on $dialect", (server) => {
  describe.each(registers)("the entities of $name", (register) => {
    const keys = [...entityKeys(parsed(register.definition.schema))].filter(([, own]) =>
      own.some(({ resolvable }) => resolvable),
    );
    let filled: FilledRegister;
    let schema: GraphQLSchema;
    beforeAll(async () => {
      filled = await startFilled(register, server);
      const { data } = await filled.subgraph.query("{ _service { sdl } }");
      schema = buildPlainSchema(data._service.sdl, { assumeValidSDL: true });
    });
    afterAll(async () => {
      await filled?.close();
    });

    const ask = (
      selection: string,
      type: string,
      representations: Representation[],
      claims = {},
    ): Promise<TestResult> =>
      filled.subgraph.query(
        `query($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} ${selection} } }`,
        {
          variables: { r: representations },
          ...claims,
        },
      );

    it.each(keys)(
      "%s: a batch keeps its order; unknown and invalid keys cost themselves only",
      async (type, [key]) => {
        const { known, unknown, invalid } = entitySamples(type);
        const [a, b, c] = known as [Representation, Representation, Representation];
        const keySelection = `{ __typename ${key!.fields.join(" ")} }`;
        const { data, errors } = await ask(keySelection, type, [c, a, invalid, b, c]);
        expect(data._entities).toEqual([c, a, null, b, c]);
        expect(errors).toHaveLength(1);
        expect(errors?.[0]?.path).toEqual(["_entities", 2]);
        expect(["ENTITY_INVALID", "ARGUMENT_INVALID"]).toContain(errors?.[0]?.extensions["code"]);
        expect(JSON.stringify(errors)).not.toContain(JSON.stringify(invalid[key!.fields[0]!]));

        const whole = await ask(wholeSelection(schema, type, 1), type, [
          unknown,
          ...known.slice(0, 200),
        ]);
        expect(whole.errors).toBeUndefined();
        const [nothing, ...found] = whole.data._entities;
        expect(knowsNothing(nothing, key!.fields)).toBe(true);
        expect(found).toMatchObject(known.slice(0, 200));
        expect(found.some((entity: unknown) => !knowsNothing(entity, key!.fields))).toBe(true);
      },
    );

    it.each(keys)(
      "%s: fifty need as many statements as one, two hundred as many as one hundred, and deep down forty as many as twenty",
      async (type) => {
        const { known } = entitySamples(type);
        const shallow = wholeSelection(schema, type, 0);
        const statementsOf = async (
          selection: string,
          representations: Representation[],
        ): Promise<number> => {
          const { errors } = await ask(selection, type, representations);
          expect(errors).toBeUndefined();
          return filled.subgraph.statements;
        };
        expect(await statementsOf(shallow, known.slice(0, 50))).toBe(
          await statementsOf(shallow, known.slice(0, 1)),
        );
        const wide = wholeSelection(schema, type, 2);
        const hundred = await statementsOf(wide, known.slice(0, 100));
        expect(await statementsOf(wide, known.slice(0, 200))).toBe(hundred);
        // Deeper, two hundred with everything are more rows than one operation is given.
        const deep = wholeSelection(schema, type, 3);
        const twenty = await statementsOf(deep, known.slice(0, 20));
        expect(await statementsOf(deep, known.slice(0, 40))).toBe(twenty);
      },
    );

    it.each(keys)("%s: every guarded field is refused without its scope", async (type, [key]) => {
      const entity = schema.getType(type);
      if (!isObjectType(entity)) throw new Error(`${type} is no object type`);
      const guarded = Object.values(entity.getFields()).filter(
        ({ name, astNode }) =>
          !key!.fields.includes(name) &&
          astNode?.directives?.some((directive) => directive.name.value === "requiresScopes"),
      );
      for (const { name, args, type: fieldType } of guarded) {
        if (
          args.some(
            (argument) =>
              argument.astNode?.type.kind === "NonNullType" && !argument.astNode.defaultValue,
          )
        )
          continue;
        const isObject =
          /^\[?[A-Z]\w+/.test(String(fieldType)) && !isLeaf(schema, String(fieldType));
        const { data, errors } = await ask(
          `{ ${name} ${isObject ? "{ __typename }" : ""} }`,
          type,
          entitySamples(type).known.slice(0, 1),
          { scopes: [] },
        );
        expect(data, `${type}.${name}`).toBeUndefined();
        expect(errors?.[0]?.extensions["code"], `${type}.${name}`).toBe(
          "UNAUTHORIZED_FIELD_OR_TYPE",
        );
      }
    });
  });
});

function isLeaf(schema: GraphQLSchema, typeText: string): boolean {
  const type = schema.getType(typeText.replace(/[[\]!]/g, ""));
  return type !== undefined && !("getFields" in type) && !("getTypes" in type);
}

/** Null, or an entity of which nothing is known but the key it was asked by. */
function knowsNothing(value: unknown, keyFields: readonly string[] = []): boolean {
  if (value === null || value === false) return true;
  if (Array.isArray(value)) return value.every((element) => knowsNothing(element));
  if (typeof value !== "object") return false;
  return Object.entries(value as object).every(
    ([name, inner]) => name === "__typename" || keyFields.includes(name) || knowsNothing(inner),
  );
}
