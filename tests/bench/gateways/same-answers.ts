import { isDeepStrictEqual } from "node:util";
import type { Party } from "./party.ts";
import type { BenchOperation } from "./peers.ts";

/** Questions a gateway is asked of each operation. */
const QUESTIONS = 12;

/**
 * Asks every gateway the same questions, and compares what comes back: who answers something else is not measured.
 * @throws Error naming the gateway, the operation and both answers
 */
export async function sameAnswers(
  parties: readonly Party[],
  operations: Readonly<Record<string, BenchOperation>>,
  { ids, tokens }: { ids: readonly string[]; tokens: readonly string[] },
): Promise<void> {
  for (const [name, { query, citizens }] of Object.entries(operations)) {
    for (let index = 0; index < QUESTIONS; index += 1) {
      // Far apart, so that every kind of citizen is among them.
      const asked = Array.from(
        { length: citizens },
        (_, place) => ids[(index * 811 + place * 197) % ids.length]!,
      );
      const body = JSON.stringify({
        query,
        variables: citizens === 1 ? { id: asked[0] } : { ids: asked },
      });
      const [first, ...others] = parties;
      const expected = await answerOf(first!, body, tokens[index]!);
      for (const party of others) {
        const answer = await answerOf(party, body, tokens[index]!);
        if (isDeepStrictEqual(answer, expected)) continue;
        const both = [expected, answer].map((each) => JSON.stringify(each).slice(0, 1_000));
        throw new Error(
          `${first!.gateway} and ${party.gateway} differ on ${name}:\n${both.join("\n")}`,
        );
      }
    }
  }
}

async function answerOf({ gateway, url }: Party, body: string, token: string): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body,
  });
  const text = await response.text();
  const { data, errors } = response.ok
    ? (JSON.parse(text) as { data: unknown; errors?: unknown })
    : { data: null, errors: text };
  if (errors !== undefined || data === null)
    throw new Error(`${gateway} answered ${response.status}: ${text.slice(0, 1_000)}`);
  return data;
}
