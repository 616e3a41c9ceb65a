/** How deep variables may nest; what walks them recurses. */
const MAX_LEVELS = 64;

/** Whether a JSON value nests deeper than variables may. It is walked without recursion, whatever its depth. */
export function nestsTooDeep(value: unknown): boolean {
  if (isFlat(value)) return false;
  const waiting: { value: unknown; level: number }[] = [{ value, level: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: present, level } = next;
    if (typeof present !== "object" || present === null) continue;
    if (level >= MAX_LEVELS) return true;
    for (const inner of Object.values(present)) waiting.push({ value: inner, level: level + 1 });
  }
  return false;
}

/** Whether nothing nests in it at all, as in most variables. */
function isFlat(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  for (const name in value) {
    const inner: unknown = (value as Record<string, unknown>)[name];
    if (typeof inner === "object" && inner !== null) return false;
  }
  return true;
}
