import { databaseServers } from "@truc/service/testing";
import { signPermit, UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entitySamples } from "./entity-samples.ts";
import { type FilledRegister, registers, startFilled } from "./registers.ts";
import { entityKeys, type EntityKey, parsed } from "./schema-reading.ts";

interface Answer {
  data?: { _entities?: unknown[] };
  errors?: { message: string; extensions: { code: string } }[];
}

const MEBIBYTE = 1024 * 1024;

describe.each(databaseServers())("on $dialect", (server) => {
  describe.each(registers)("$name", (register) => {
    const [type, [{ fields: key }]] = [...entityKeys(parsed(register.definition.schema))][0] as [
      string,
      [EntityKey],
    ];
    const { known } = entitySamples(type);
    const entity = (at: number) => ({
      query: `query($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${key.join(" ")} } } }`,
      variables: { r: [known[at]] },
    });
    const keyOf = (at: number) =>
      Object.fromEntries(key.map((field) => [field, known[at]![field]]));
    const now = () => Math.floor(Date.now() / 1_000);
    let filled: FilledRegister;
    beforeAll(async () => {
      filled = await startFilled(register, server);
    });
    afterAll(async () => {
      await filled?.close();
    });

    const send = async (body: object, permit?: string): Promise<[status: number, Answer]> => {
      const response = await filled.subgraph.post({
        ...body,
        ...(permit !== undefined && { extensions: { permit } }),
      });
      return [response.status, (await response.json()) as Answer];
    };
    const expectRefused = ([status, answer]: [number, Answer], code: string) => {
      expect([
        status,
        answer.data,
        answer.errors?.map(({ extensions }) => extensions.code),
      ]).toEqual([401, undefined, [code]]);
    };

    it("answers nobody without a permit: no entity, no schema, no introspection", async () => {
      for (const query of [
        "{ _service { sdl } }",
        "{ __schema { queryType { name } } }",
        "{ __typename }",
      ]) {
        expectRefused(await send({ query }), "PERMIT_MISSING");
      }
      expectRefused(await send(entity(0)), "PERMIT_MISSING");
    });

    it("gives its schema to the bearer of a permit", async () => {
      const [status, answer] = await send(
        { query: "{ _service { sdl } }" },
        await filled.subgraph.permit({ scopes: [] }),
      );
      expect(status).toBe(200);
      expect((answer.data as { _service: { sdl: string } })._service.sdl).toContain("@link");
    });

    it("refuses a permit under another secret", async () => {
      const claims = {
        aud: register.name,
        iat: now(),
        exp: now() + 60,
        scopes: [],
        limits: UNLIMITED,
        distance: 0,
        system: "test",
      };
      const others = {
        keys: [{ kid: filled.subgraph.secrets.keys[0]!.kid, secret: "A".repeat(43) }],
      };
      expectRefused(await send(entity(0), signPermit(claims, others)), "PERMIT_INVALID");
    });

    it("refuses a permit made out to another subgraph", async () => {
      expectRefused(
        await send(entity(0), await filled.subgraph.permit({ aud: "another" })),
        "PERMIT_INVALID",
      );
    });

    it("refuses an expired permit", async () => {
      expectRefused(
        await send(entity(0), await filled.subgraph.permit({ iat: now() - 70, exp: now() - 10 })),
        "PERMIT_INVALID",
      );
    });

    it("refuses an unsigned permit", async () => {
      const claims = JSON.parse(
        Buffer.from((await filled.subgraph.permit()).split(".")[1]!, "base64url").toString(),
      );
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
      expectRefused(
        await send(entity(0), `${encode({ alg: "none", typ: "permit+jwt" })}.${encode(claims)}.`),
        "PERMIT_INVALID",
      );
    });

    it("answers the callers of a batch separately, each under its own permit", async () => {
      const good = { permit: await filled.subgraph.permit({ system: "first" }) };
      const response = await filled.subgraph.post([
        { ...entity(1), extensions: good },
        entity(2),
        {
          ...entity(2),
          extensions: {
            permit: await filled.subgraph.permit({ iat: now() - 70, exp: now() - 10 }),
          },
        },
        { query: "{ nonsense }", extensions: good },
        "no operation at all",
        {
          ...entity(3),
          extensions: { permit: await filled.subgraph.permit({ system: "second", scopes: [] }) },
        },
      ]);
      expect(response.status).toBe(200);
      const answers = (await response.json()) as Answer[];
      expect(
        answers.map(({ data, errors }) => data?._entities?.[0] ?? errors?.[0]?.extensions.code),
      ).toEqual([
        keyOf(1),
        "PERMIT_MISSING",
        "PERMIT_INVALID",
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_REQUEST",
        keyOf(3),
      ]);
    });

    it.each([
      ["malformed JSON", "{", "application/json", 400, "BAD_REQUEST"],
      ["no body", "", "application/json", 400, "BAD_REQUEST"],
      ["an empty batch", "[]", "application/json", 400, "BAD_REQUEST"],
      [
        "a batch of more than 100",
        JSON.stringify(Array.from({ length: 101 }, () => ({ query: "{ __typename }" }))),
        "application/json",
        400,
        "BAD_REQUEST",
      ],
      ["another media type", "{ __typename }", "text/plain", 415, "READ_MEDIA_TYPE"],
      [
        "a body of 9 MiB",
        JSON.stringify({ query: "#".repeat(9 * MEBIBYTE) }),
        "application/json",
        413,
        "READ_BODY_TOO_LARGE",
      ],
    ])(
      "refuses %s without telling how it is built",
      async (_case, body, mediaType, status, code) => {
        const response = await filled.subgraph.post(body, { "content-type": mediaType });
        const text = await response.text();
        expect([
          response.status,
          (JSON.parse(text) as Answer).errors?.[0]?.extensions.code,
        ]).toEqual([status, code]);
        expect(text).not.toMatch(/node_modules|\.ts\b|\.js\b|\bat \w/);
      },
    );

    it("suggests no field and shows no stack", async () => {
      const [, answer] = await send(
        { query: "{ _servic { sdl } }" },
        await filled.subgraph.permit(),
      );
      expect(JSON.stringify(answer)).not.toMatch(/Did you mean|stacktrace|node_modules/);
      expect(answer.errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    });
  });
});
