import { killRounds, type Victim } from "./kill-rounds.ts";
import type { Proof } from "./proof.ts";

const VICTIMS: readonly Victim[] = ["router", "database", "audit", "router", "database"];

/** Router, audit database and audit process are killed under load, 25 times at random moments. */
export const prove: Proof = async (say) => {
  const seed = Number(process.env["PROOF_SEED"] ?? Date.now() % 1_000_000);
  const rounds = Number(process.env["PROOF_KILLS"] ?? 25);
  const { kills, answered, refused, logged } = await killRounds({
    rounds,
    seed,
    victims: VICTIMS,
    say,
  });
  return [
    `Killed (SIGKILL) under load: the router ${kills.router} times, the database ${kills.database} times, the audit process ${kills.audit} times; seed ${seed}.`,
    `${answered} answers with a citizen's data were received; every one is on record, under her pseudonym.`,
    `${refused} requests were refused because they could not be put on record.`,
    `Every router's records are numbered without a gap and chained; all ${logged} are in the log's tree.`,
  ];
};
