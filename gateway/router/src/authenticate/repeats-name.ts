import { parseDocument } from "yaml";

/**
 * Whether a name stands twice in an object of a JSON text, at whatever depth, which JSON.parse hides: it keeps the last.
 * Also where the text is no JSON.
 */
export function repeatsName(json: string): boolean {
  return !isAsWritten(json) && hasRepeatedName(json);
}

/**
 * Whether a text is what JSON.stringify makes of what it says, as the authority's tokens are. Then every name stands once, for
 * no object has two of one name.
 */
function isAsWritten(json: string): boolean {
  try {
    return JSON.stringify(JSON.parse(json)) === json;
  } catch {
    return false;
  }
}

/** YAML 1.2 contains JSON, and its reader reports names that stand twice; it takes twenty times as long as JSON's. */
function hasRepeatedName(json: string): boolean {
  return parseDocument(json, { uniqueKeys: true, schema: "json" }).errors.length > 0;
}
