import { GraphQLScalarType, type ValueNode } from "graphql";
import { DateTimeResolver, EmailAddressResolver, LocalDateResolver } from "graphql-scalars";
import { ruleBroken, textScalar } from "./scalar.ts";

/** The longest address that SMTP carries (RFC 5321, section 4.5.3.1.3, without the brackets). */
const MAX_TEXT = 254;

/**
 * A scalar of graphql-scalars whose refusals state one rule and never repeat the value. Its patterns are not ours, so
 * they only see texts of a sane length.
 * @param takes what of the scalar's own values is taken in
 * @param isPlain knows at a glance most of what the scalar writes as it is
 */
function ruled<I, O>(
  scalar: GraphQLScalarType<I, O>,
  description: string,
  rule: string,
  {
    takes = () => true,
    isPlain = () => false,
  }: { takes?: (value: I) => boolean; isPlain?: (value: unknown) => boolean } = {},
): GraphQLScalarType<I, O> {
  const read = (parse: () => I, node?: ValueNode): I => {
    let value: I;
    try {
      value = parse();
    } catch {
      throw ruleBroken(rule, node);
    }
    if (!takes(value)) throw ruleBroken(rule, node);
    return value;
  };
  return new GraphQLScalarType<I, O>({
    name: scalar.name,
    description,
    ...(scalar.specifiedByURL && { specifiedByURL: scalar.specifiedByURL }),
    extensions: { rule },
    serialize: (value) => (isPlain(value) ? (value as O) : scalar.serialize(value)),
    parseValue(value) {
      if (typeof value === "string" && value.length > MAX_TEXT) throw ruleBroken(rule);
      return read(() => scalar.parseValue(value));
    },
    parseLiteral(node, variables) {
      if ("value" in node && String(node.value).length > MAX_TEXT) throw ruleBroken(rule, node);
      return read(() => scalar.parseLiteral(node, variables), node);
    },
  });
}

/** Whether a value is the text of a day of any year: all but 29 February. */
function isPlainDay(value: unknown): boolean {
  return typeof value === "string" && PLAIN_DAY.test(value);
}

const PLAIN_DAY =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)$/;

// RFC 3339 has a year 0000; PostgreSQL has none, and a query for a day of it fails there.
const isOfYear = (year: number): boolean => year >= 1 && year <= 9999;

export const LocalDate = ruled(
  LocalDateResolver,
  "A calendar day in Viet Nam, as YYYY-MM-DD.",
  "a date is a day of the calendar written YYYY-MM-DD",
  { takes: (day) => isOfYear(Number(day.slice(0, 4))), isPlain: isPlainDay },
);

export const DateTime = ruled(
  DateTimeResolver,
  "A moment in time as RFC 3339 writes it.",
  "a moment is written as RFC 3339 does, as in 2026-01-31T08:30:00Z",
  { takes: (moment) => isOfYear(moment.getUTCFullYear()) },
);

export const EmailAddress = ruled(
  EmailAddressResolver,
  "An e-mail address.",
  "an e-mail address is written name@domain",
);

// graphql-scalars also takes numbers without the plus sign, which E.164 numbers of two countries may share.
export const PhoneNumber = textScalar({
  name: "PhoneNumber",
  description: "A telephone number in the international form E.164, as in +84901234567.",
  rule: "a telephone number has a plus sign, the country code and 7 to 15 digits in all, as in +84901234567",
  valid: (text) => /^\+[1-9]\d{6,14}$/.test(text),
});
