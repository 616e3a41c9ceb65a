import type { Tape } from "./tape.ts";

/** Values where others were promised, and values that look like what a reader of texts goes by. */
const ODD: readonly unknown[] = [
  null,
  "",
  "RED",
  "BLUE",
  "text",
  'quote " and \\ backslash',
  'close"},{"open":"',
  '"subject_0":"7"',
  "],[",
  "line\nfeed\u0000\u001f\u007f",
  "\u2028 and \u2029",
  "Nguyễn Thị Hương",
  "\ud83d\ude00 together, alone \ud800",
  "long ".repeat(200),
  "__proto__",
  "12",
  0,
  -0,
  7,
  -7,
  1.5,
  -0.25,
  1e-9,
  1e21,
  123_456_789,
  2_147_483_647,
  2_147_483_648,
  -2_147_483_648,
  999_999_999_999_999,
  0.1 + 0.2,
  true,
  false,
  [],
  [null],
  ["a", ["b"]],
  {},
  { __typename: "Nobody" },
  { a: { b: [1, null, "x"] } },
];

type Box = Record<string | number, unknown>;

/** What becomes of a subgraph's answer on the way: the same for the same numbers. */
export function mangled(text: string, tape: Tape): string {
  if (tape.chance(40)) return text;
  const value = JSON.parse(text) as unknown;
  const times = 1 + tape.below(tape.pick([1, 1, 3, 12]));
  let result = value;
  if (!tape.chance(25)) for (let done = 0; done < times; done += 1) result = changed(value, tape);
  const json = tape.chance(8) ? JSON.stringify(result, null, 1) : JSON.stringify(result);
  return tape.chance(25) ? otherwise(json, tape) : json;
}

/** Changes one place of a value. */
function changed(value: unknown, tape: Tape): unknown {
  const boxes: Box[] = [];
  const look = (each: unknown): void => {
    if (typeof each !== "object" || each === null) return;
    boxes.push(each as Box);
    for (const inner of Object.values(each)) look(inner);
  };
  look(value);
  // Deep ones are more.
  const box = boxes[Math.max(tape.below(boxes.length), tape.below(boxes.length))]!;
  const keys = Object.keys(box);
  if (keys.length === 0) return value;
  const key = tape.pick(keys);
  switch (tape.below(10)) {
    case 0:
      if (Array.isArray(box)) box.pop();
      else delete box[key];
      break;
    case 1: {
      if (Array.isArray(box)) break;
      const inner = box[key];
      delete box[key];
      box[key] = inner;
      break;
    }
    case 2:
      if (!Array.isArray(box))
        Object.defineProperty(box, tape.pick(["__proto__", "more", "id", "errors"]), {
          value: structuredClone(tape.pick(ODD)),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      break;
    default:
      if (typeof box[key] !== "object" || tape.chance(20))
        box[key] = structuredClone(tape.pick(ODD));
  }
  return value;
}

/** The same JSON, or nearly, in letters that are not as they were. */
function otherwise(text: string, tape: Tape): string {
  const at = tape.below(text.length);
  switch (tape.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.replaceAll(/[a-z]/g, (letter) =>
        tape.chance(2) ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter,
      );
    case 2:
      return text.replaceAll(
        /:(\d+)([,}])/g,
        (_all, digits: string, after: string) =>
          `:${digits}${tape.pick(["", ".0", "e0", "E+0", ".50", "e400"])}${after}`,
      );
    case 3:
      return text.replace(/"(\w+)":/, '"$1":1,"$1":');
    case 4:
      return `${text.slice(0, -1)},"errors":[{"message":"no","path":["x"]}]}`;
    case 5:
      return `${text.slice(0, -1)},"extensions":${tape.pick(['{"item":0}', '{"item":"0"}', "{}", "null"])}}`;
    case 6:
      return `${text}${tape.pick(["\n", "}", ",", " ", "\u0000"])}`;
    case 7:
      return `${text.slice(0, at)}${tape.pick(["\u0001", " ", '"', "\\", "0", "\ud800"])}${text.slice(at)}`;
    default:
      return text.replaceAll(":0,", `:${tape.pick(["-0", "00", "0.0", "-", "+0", ".5"])},`);
  }
}
