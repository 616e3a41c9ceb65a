import { type RowLimit, withinPins, withinProvinces } from "@truc/service";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";

type Condition = (builder: ExpressionBuilder<any, any>) => Expression<SqlBool>;

/** The condition of citizens that limits let through: by where they live, or lived last, and by who they are. */
export function citizenWithin(limit: RowLimit, table = "citizen"): Condition {
  return (builder) =>
    builder.and([
      withinProvinces(limit, `${table}.residence_province`)(builder),
      withinPins(limit, `${table}.pin`)(builder),
    ]);
}

/** The condition of households that limits let through: by where they are registered, and by who belongs to them now. */
export function householdWithin(limit: RowLimit): Condition {
  return (builder) => {
    const place = withinProvinces(limit, "household.place_province")(builder);
    if (limit.pins === null) return place;
    const present = builder
      .selectFrom("household_member as present")
      .select("present.pin")
      .whereRef("present.household", "=", "household.number")
      .where("present.valid_to", "is", null)
      .where(withinPins(limit, "present.pin"));
    return builder.and([place, builder.exists(present)]);
  };
}
