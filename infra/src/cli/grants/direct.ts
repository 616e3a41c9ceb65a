import { DIRECT_PATH, type OperatorOrder, signOperatorOrder } from "@truc/authority";
import { StartupError } from "@truc/service";
import { resolve } from "node:path";
import type { JWK } from "jose";
import { operatorKeyFile } from "../../all-in-one/data-folder.ts";
import { readJson } from "../../all-in-one/private-json.ts";

const TIMEOUT_MS = 10_000;

/**
 * Sends the authority an order signed with the operator's key, past the gateway.
 * @param data the platform's data folder, which holds the key
 * @returns what the authority answers
 * @throws StartupError when there is no key, nothing answers, or the order is refused
 */
export async function orderDirectly(
  issuer: string,
  data: string,
  order: OperatorOrder,
): Promise<unknown> {
  const file = operatorKeyFile(resolve(data));
  const key = await readJson<JWK>(file);
  if (key === undefined) throw new StartupError(`The operator's key is not in ${file}.`);
  const { status, answer } = await send(issuer, await signOperatorOrder(issuer, order, key));
  if (status === 200) return answer;
  const [error] = answer.errors ?? [];
  throw new StartupError(
    `${error?.message ?? `The authority refused the order (HTTP ${status}).`} (${error?.extensions?.code ?? "no code"})`,
  );
}

interface DirectAnswer {
  errors?: { message: string; extensions?: { code?: string } }[];
}

async function send(
  issuer: string,
  body: string,
): Promise<{ status: number; answer: DirectAnswer }> {
  try {
    const response = await fetch(new URL(DIRECT_PATH, issuer), {
      method: "POST",
      headers: { "content-type": "application/jwt", accept: "application/json" },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, answer: (await response.json()) as DirectAnswer };
  } catch (error) {
    throw new StartupError(`The authority does not answer at ${issuer}.`, { cause: error });
  }
}
