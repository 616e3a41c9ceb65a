import { isIPv6 } from "node:net";

/** An IPv4 address as IPv6 writes it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const GROUPS = 8;
/** Of them belong to the network: the first 64 bits. */
const NETWORK_GROUPS = 4;

/**
 * Whom a sender's address is counted for: an IPv4 address is one sender, but an IPv6 one is any of the 2^64 of its
 * network, `2001:db8:0:1::/64`, which are all the same customer's. What is no address is itself.
 */
export function networkOf(address: string): string {
  const [, mapped] = MAPPED.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) return address;
  const [head = "", tail] = plain.split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill("0");
  const groups = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** Groups of 16 bits; an IPv4 address at the end stands for two, which never are the network's. */
function groupsOf(part: string): string[] {
  return part === ""
    ? []
    : part.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
