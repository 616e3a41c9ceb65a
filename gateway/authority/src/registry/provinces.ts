import { catalogueError } from "@truc/contracts";
import type { GrantProvince } from "./terms.ts";

/** The day on which 63 provinces became 34. Seven codes mean another province from then on. */
const REFORM = "2025-07-01";

/** The codes of the 34 provinces since the reform. */
const CURRENT =
  "01 04 08 11 12 14 15 19 20 22 24 25 31 33 37 38 40 42 44 46 48 51 52 56 66 68 75 79 80 82 86 91 92 96".split(
    " ",
  );

/** Until the reform: the code of each province, and the code today of the one it is or went into. */
const SUCCESSORS = new Map(
  (
    "01:01 02:08 04:04 06:19 08:08 10:15 11:11 12:12 14:14 15:15 17:25 19:19 20:20 22:22 24:24 25:25 26:25 27:24 " +
    "30:31 31:31 33:33 34:33 35:37 36:37 37:37 38:38 40:40 42:42 44:44 45:44 46:46 48:48 49:48 51:51 52:52 54:66 " +
    "56:56 58:56 60:68 62:51 64:52 66:66 67:68 68:68 70:75 72:80 74:79 75:75 77:79 79:79 80:80 82:82 83:86 84:86 " +
    "86:86 87:82 89:91 91:91 92:92 93:92 94:92 95:96 96:96"
  )
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]),
);

/**
 * The province of today that a code meant on a day, or that took it over: 64 of 2020 (Gia Lai) is 52, and 52 of 2020
 * (Bình Định) is 52 as well.
 * @param asOf YYYY-MM-DD
 * @throws REGISTRY_PROVINCE_UNKNOWN
 */
export function resolveProvince({ code, asOf }: { code: string; asOf: string }): GrantProvince {
  const current = currentOf({ code, asOf });
  if (current === undefined)
    throw catalogueError("REGISTRY_PROVINCE_UNKNOWN", { extensions: { province: { code, asOf } } });
  return { code, asOf, current };
}

/** Whether there was a province of that code on that day. */
export function isProvince(province: { code: string; asOf: string }): boolean {
  return currentOf(province) !== undefined;
}

function currentOf({ code, asOf }: { code: string; asOf: string }): string | undefined {
  if (asOf < REFORM) return SUCCESSORS.get(code);
  return CURRENT.includes(code) ? code : undefined;
}
