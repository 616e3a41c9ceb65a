import { catalogueError } from "@truc/contracts";
import type { Resolver, Resolvers, SubgraphContext } from "@truc/service";
import type { SuspendedKind } from "../tables.ts";
import { registerAgency } from "./agencies.ts";
import { amendGrant } from "./amend-grant.ts";
import type { ApiSchema } from "./api-schema.ts";
import type { ChangeOrder } from "./change.ts";
import { approveScopes, rejectScopes } from "./decide-scopes.ts";
import { definePurpose } from "./define-purpose.ts";
import { revokeGrant, withdrawRequest } from "./end-grant.ts";
import { approveOperation, registerOperation, rejectOperation } from "./operations.ts";
import { registerPerson, setRoles } from "./people.ts";
import { requestGrant } from "./request-grant.ts";
import { confirmRoles, rejectRoles } from "./role-proposals.ts";
import { resume, suspend } from "./status.ts";
import { addSystemKey, registerSystem, retireSystemKey } from "./systems.ts";
import { agencyById, systemById, systemOfKey } from "./view/agencies.ts";
import { purposeByCode } from "./view/catalogue.ts";
import { grantById } from "./view/grants.ts";
import { readOperations } from "./view/operations.ts";
import { personById } from "./view/people.ts";
import { fromEnum } from "./view/spelling.ts";
import { changingPerson, viewerOf } from "./view/viewer.ts";

/** What the schema allows as a value left out, the registry takes as not stated. */
type Input = Record<string, any>;

const ENUMS = new Set(["role", "subjects", "operations"]);

/** Every change of the registry, made by the person who is signed in; each gives the changed thing. */
export function mutationsOver(schema: ApiSchema): Resolvers {
  return {
    Mutation: {
      registerAgency: change(async (db, order, { input }) => {
        await registerAgency(db, order, input);
        return agencyOf(input.id);
      }),
      suspendAgency: change(async (db, order, { id }) => {
        await suspend(db, order, { kind: "agency", id });
        return agencyOf(id);
      }),
      resumeAgency: change(async (db, order, { id }) => {
        await resume(db, order, { kind: "agency", id });
        return agencyOf(id);
      }),
      registerSystem: change(async (db, order, { input }) => {
        const keys = (input.keys ?? []).map(parseKey);
        await registerSystem(db, order, { ...input, keys } as never);
        return systemOf(input.id);
      }),
      suspendSystem: change(async (db, order, { id }) => {
        await suspend(db, order, { kind: "system", id });
        return systemOf(id);
      }),
      resumeSystem: change(async (db, order, { id }) => {
        await resume(db, order, { kind: "system", id });
        return systemOf(id);
      }),
      addSystemKey: change(async (db, order, { system, key }) => {
        await addSystemKey(db, order, { system, key: parseKey(key) });
        return systemOf(system);
      }),
      suspendSystemKey: changeOfKey((db, order, id) => suspend(db, order, { kind: "key", id })),
      resumeSystemKey: changeOfKey((db, order, id) => resume(db, order, { kind: "key", id })),
      retireSystemKey: changeOfKey(retireSystemKey),
      definePurpose: change(async (db, order, { input }) => {
        await definePurpose(db, order, input);
        return async (context) =>
          await context.load(purposeByCode, input.code, await viewerOf(context));
      }),
      registerPerson: change(async (db, order, { input }) => {
        await registerPerson(db, order, input);
        return personOf(input.id);
      }),
      setRoles: change(async (db, order, { person, roles }) => {
        await setRoles(db, order, { person, roles });
        return personOf(person);
      }),
      confirmRoles: change(async (db, order, { person, proposal }) => {
        await confirmRoles(db, order, { person, proposal });
        return personOf(person);
      }),
      rejectRoles: change(async (db, order, { person, proposal }) => {
        await rejectRoles(db, order, { person, proposal });
        return personOf(person);
      }),
      suspendPerson: change(async (db, order, { id }) => {
        await suspend(db, order, { kind: "person", id });
        return personOf(id);
      }),
      resumePerson: change(async (db, order, { id }) => {
        await resume(db, order, { kind: "person", id });
        return personOf(id);
      }),
      requestGrant: change(async (db, order, { input }) =>
        grantOf(await requestGrant(db, order, input)),
      ),
      withdrawRequest: changeOfGrant((db, order, { grant }) => withdrawRequest(db, order, grant)),
      approveScopes: changeOfGrant((db, order, { grant, request, scopes }) =>
        approveScopes(db, order, { grant, request, scopes }),
      ),
      rejectScopes: changeOfGrant((db, order, { grant, request, scopes }) =>
        rejectScopes(db, order, { grant, request, scopes }),
      ),
      amendGrant: changeOfGrant((db, order, { grant, input }) =>
        amendGrant(db, order, { grant, ...input }),
      ),
      suspendGrant: changeOfGrant((db, order, { grant: id }) =>
        suspend(db, order, { kind: "grant" satisfies SuspendedKind, id }),
      ),
      resumeGrant: changeOfGrant((db, order, { grant: id }) =>
        resume(db, order, { kind: "grant", id }),
      ),
      revokeGrant: changeOfGrant((db, order, { grant }) => revokeGrant(db, order, grant)),
      registerOperation: change(async (db, order, { input }) => {
        await registerOperation(db, order, input, schema);
        return async (context) => {
          const { agency, hash } = input;
          const found = await readOperations(context.db, await viewerOf(context), { agency, hash });
          return found[0] ?? null;
        };
      }),
      approveOperation: changeOfGrant((db, order, { grant, hash }) =>
        approveOperation(db, order, { grant, hash }, schema),
      ),
      rejectOperation: changeOfGrant((db, order, { grant, hash }) =>
        rejectOperation(db, order, { grant, hash }),
      ),
    },
  };
}

type Database = SubgraphContext["db"];
/** Reads what a change is answered with, as far as the caller sees it. */
type Reading = (context: SubgraphContext) => Promise<unknown>;

function change(make: (db: Database, order: ChangeOrder, args: any) => Promise<Reading>): Resolver {
  return async (_, { reason, ...args }: Input, context) => {
    const by = await changingPerson(context);
    const read = await make(context.db, { by, reason: reason as string }, stated(args));
    return await read(context);
  };
}

function changeOfGrant(
  make: (db: Database, order: ChangeOrder, args: any) => Promise<void>,
): Resolver {
  return change(async (db, order, args: Input) => {
    await make(db, order, args);
    return grantOf(args["grant"] as string);
  });
}

function changeOfKey(
  make: (db: Database, order: ChangeOrder, thumbprint: string) => Promise<void>,
): Resolver {
  return change(async (db, order, { thumbprint }: { thumbprint: string }) => {
    await make(db, order, thumbprint);
    return systemOf((await systemOfKey(db, thumbprint))!);
  });
}

const agencyOf =
  (id: string): Reading =>
  async (context) =>
    await context.load(agencyById, id, await viewerOf(context));
const systemOf =
  (id: string): Reading =>
  async (context) =>
    await context.load(systemById, id, await viewerOf(context));
const personOf =
  (id: string): Reading =>
  async (context) =>
    await context.load(personById, id, await viewerOf(context));
const grantOf =
  (id: string): Reading =>
  async (context) =>
    await context.load(grantById, id, await viewerOf(context));

/** @throws REGISTRY_KEY_INVALID */
function parseKey(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw catalogueError("REGISTRY_KEY_INVALID");
  }
}

/**
 * Arguments as the registry spells them: plain objects, words in small letters, and null as if it were not there; but
 * for `provinces` null means the whole country.
 */
function stated(value: unknown, name = ""): any {
  if (Array.isArray(value)) return value.map((item) => stated(item));
  if (typeof value === "string") return ENUMS.has(name) ? fromEnum(value) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => inner !== null || key === "provinces")
      .map(([key, inner]) => [key, stated(inner, key)]),
  );
}
