const VIETNAM_OFFSET_MS = 7 * 60 * 60 * 1000;

/** The day it is in Viet Nam, which has one time zone and no summer time, as YYYY-MM-DD. */
export function today(): string {
  return new Date(Date.now() + VIETNAM_OFFSET_MS).toISOString().slice(0, 10);
}
