import { GraphQLScalarType } from "graphql";
import { DateTimeResolver, EmailAddressResolver, LocalDateResolver } from "graphql-scalars";
import { ruleBroken, textScalar } from "./scalar.ts";

/** The longest address that SMTP carries (RFC 5321, section 4.5.3.1.3, without the brackets). */
const MAX_TEXT = 254;

/**
 * A scalar of graphql-scalars whose refusals state one rule and never repeat the value. Its patterns are not ours, so
 * they only see texts of a sane length.
 * @param isPlain knows at a glance most of what the scalar writes as it is
 */
function ruled<I, O>(
  scalar: GraphQLScalarType<I, O>,
  description: string,
  rule: string,
  isPlain: (value: unknown) => boolean = () => false,
): GraphQLScalarType<I, O> {
  return new GraphQLScalarType<I, O>({
    name: scalar.name,
    description,
    ...(scalar.specifiedByURL && { specifiedByURL: scalar.specifiedByURL }),
    extensions: { rule },
    serialize: (value) => (isPlain(value) ? (value as O) : scalar.serialize(value)),
    parseValue(value) {
      if (typeof value === "string" && value.length > MAX_TEXT) throw ruleBroken(rule);
      try {
        return scalar.parseValue(value);
      } catch {
        throw ruleBroken(rule);
      }
    },
    parseLiteral(node, variables) {
      if ("value" in node && String(node.value).length > MAX_TEXT) throw ruleBroken(rule, node);
      try {
        return scalar.parseLiteral(node, variables);
      } catch {
        throw ruleBroken(rule, node);
      }
    },
  });
}

/** Whether a value is the text of a day of any year: all but 29 February. */
function isPlainDay(value: unknown): boolean {
  return typeof value === "string" && PLAIN_DAY.test(value);
}

const PLAIN_DAY =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)$/;

export const LocalDate = ruled(
  LocalDateResolver,
  "A calendar day in Viet Nam, as YYYY-MM-DD.",
  "a date is a day of the calendar written YYYY-MM-DD",
  isPlainDay,
);

export const DateTime = ruled(
  DateTimeResolver,
  "A moment in time as RFC 3339 writes it.",
  "a moment is written as RFC 3339 does, as in 2026-01-31T08:30:00Z",
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
