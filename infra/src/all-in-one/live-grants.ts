import {
  dayInVietNam,
  FEED_PATH,
  type FeedGrant,
  FeedLine,
  type PermitSecrets,
  type RegistrySnapshot,
  signFeedToken,
} from "@truc/contracts";
import { feedSecrets } from "./keys.ts";
import type { DataFolder } from "./data-folder.ts";
import { readJson } from "./private-json.ts";

const TIMEOUT_MS = 10_000;

/**
 * The grants that open something today, of systems that may ask: read from the registry's feed as a router reads it. An
 * earlier start may have left another state than the definition's: what was revoked or suspended since is not among them.
 */
export async function liveGrants(issuer: string, folder: DataFolder): Promise<FeedGrant[]> {
  const secrets = (await readJson<PermitSecrets>(await feedSecrets(folder)))!;
  const { grants, systems } = await firstSnapshot(issuer, secrets);
  const asking = new Set(systems.filter(({ status }) => status === "active").map(({ id }) => id));
  const today = dayInVietNam(new Date());
  return grants.filter(
    ({ system, status, scopes, validFrom, validUntil }) =>
      asking.has(system) &&
      status === "active" &&
      scopes.length > 0 &&
      validFrom <= today &&
      today <= validUntil,
  );
}

/** The registry whole is the first thing a feed says. */
async function firstSnapshot(issuer: string, secrets: PermitSecrets): Promise<RegistrySnapshot> {
  const response = await fetch(new URL(FEED_PATH, issuer), {
    headers: { authorization: `Bearer ${signFeedToken(issuer, secrets)}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok || response.body === null)
    throw new Error(`the authority's feed answered ${response.status}`);
  let text = "";
  // Leaving the loop ends the stream.
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const end = text.indexOf("\n");
    if (end < 0) continue;
    const line = FeedLine.parse(JSON.parse(text.slice(0, end)));
    if (line.kind === "snapshot") return line.snapshot;
    text = text.slice(end + 1);
  }
  throw new Error("the authority's feed ended before it said anything");
}
