import { dayInVietNam } from "@truc/contracts";
import type { Resolvers } from "@truc/service";
import {
  type AdministrativeUnit,
  type Place,
  successorsOf,
  unitByKey,
  type UnitKey,
} from "../source.ts";

export const administrativeUnitResolvers: Resolvers = {
  AdministrativeUnit: {
    __resolveReference: ({ code, asOf }: UnitKey, context) =>
      context.load(unitByKey, { code, asOf }),
    parent: ({ parentCode, asOf }: AdministrativeUnit, _, context) =>
      parentCode === null ? null : context.load(unitByKey, { code: parentCode, asOf }),
    async successors({ code, since, validTo }: AdministrativeUnit, _, context) {
      if (validTo === null) return [];
      const codes = await context.load(successorsOf, { code, since });
      const asOf = dayInVietNam();
      return await Promise.all(
        codes.map((successor) => context.load(unitByKey, { code: successor, asOf })),
      );
    },
  },
  Place: {
    unit: ({ code, asOf }: Place, _, context) => context.load(unitByKey, { code, asOf }),
  },
};
