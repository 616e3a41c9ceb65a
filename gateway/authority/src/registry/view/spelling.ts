/** A word of the registry as the schema spells it: `owner-admin` is OWNER_ADMIN. */
export function toEnum(word: string): string {
  return word.toUpperCase().replaceAll("-", "_");
}

/** A value of the schema as the registry spells it. */
export function fromEnum(value: string): string {
  return value.toLowerCase().replaceAll("_", "-");
}

/** Seconds since the epoch as a moment; null stays null. */
export function moment(seconds: number | null): Date | null {
  return seconds === null ? null : new Date(Number(seconds) * 1000);
}
