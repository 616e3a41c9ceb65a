import { Refusal } from "@truc/contracts";
import { isUnavailable } from "@truc/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import type { AuditLog } from "../log/audit-log.ts";
import type { Checkpoint } from "../log/checkpoints.ts";

/** What is about the newest checkpoint changes within a second; what names a size never changes. */
const BRIEFLY = "public, max-age=1";
const FOREVER = "public, max-age=31536000, immutable";
/** Keys change seldom, and are announced long before. */
const KEYS = "public, max-age=300";

/** A number as it is written in an address: no sign, no leading zeros. */
const Count = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/)
  .transform(Number)
  .refine(Number.isSafeInteger);

const InclusionQuery = z.strictObject({
  router: z.uuid().transform((id) => id.toLowerCase()),
  sequence: Count.refine((sequence) => sequence > 0),
  size: Count.optional(),
});

const ConsistencyQuery = z.strictObject({ from: Count, to: Count });

type PublicLog = Pick<
  AuditLog,
  | "size"
  | "verifierKey"
  | "newestCheckpoint"
  | "checkpointOf"
  | "positionOf"
  | "leaf"
  | "inclusion"
  | "consistency"
>;

/**
 * What everybody may ask about the log: its checkpoints, proofs, and the key its checkpoints are signed with. Leaves are
 * salted, so that nothing can be guessed from hashes.
 */
export function mountPublic(app: FastifyInstance, log: PublicLog): void {
  app.get("/checkpoint", async (request, reply) => {
    noQuery(request);
    const checkpoint = await reading(() => log.newestCheckpoint());
    if (checkpoint === undefined) throw new Refusal("PROOF_UNKNOWN");
    return reply
      .header("cache-control", BRIEFLY)
      .type("text/plain; charset=utf-8")
      .send(checkpoint.note);
  });
  app.get("/proof/inclusion", async (request, reply) => {
    const query = read(InclusionQuery, request);
    return cached(reply, query.size, await reading(() => inclusion(log, query)));
  });
  app.get("/proof/consistency", async (request, reply) => {
    const { from, to } = read(ConsistencyQuery, request);
    if (from > to) throw new Refusal("PROOF_INPUT_INVALID");
    return cached(reply, to, await reading(() => consistency(log, from, to)));
  });
  app.get("/keys", async (request, reply) => {
    noQuery(request);
    return reply.header("cache-control", KEYS).send({ keys: [log.verifierKey] });
  });
}

/** @throws Refusal when the record, or a checkpoint that covers it, is not there */
async function inclusion(
  log: PublicLog,
  { router, sequence, size: asked }: z.infer<typeof InclusionQuery>,
): Promise<object> {
  const checkpoint = await checkpointFor(log, asked);
  const size = asked ?? checkpoint?.size ?? 0;
  const position = await log.positionOf(router, sequence);
  if (position === undefined || position >= size || size > log.size)
    throw new Refusal("PROOF_UNKNOWN");
  const [leaf, proof] = await Promise.all([log.leaf(position), log.inclusion(position, size)]);
  return {
    position,
    leaf: base64(leaf),
    size,
    proof: proof.map(base64),
    ...(checkpoint && { checkpoint: checkpoint.note }),
  };
}

/** @throws Refusal when the log has not grown to that size */
async function consistency(log: PublicLog, from: number, to: number): Promise<object> {
  if (to > log.size) throw new Refusal("PROOF_UNKNOWN");
  const [proof, checkpoint] = await Promise.all([
    log.consistency(from, to),
    checkpointFor(log, to),
  ]);
  return {
    from,
    to,
    proof: proof.map(base64),
    ...(checkpoint && { checkpoint: checkpoint.note }),
  };
}

/** The newest checkpoint; or the one of a size, where it is still kept. */
async function checkpointFor(
  log: PublicLog,
  size: number | undefined,
): Promise<Checkpoint | undefined> {
  return size === undefined ? await log.newestCheckpoint() : await log.checkpointOf(size);
}

function cached(reply: FastifyReply, size: number | undefined, answer: object): FastifyReply {
  return reply.header("cache-control", size === undefined ? BRIEFLY : FOREVER).send(answer);
}

function noQuery(request: FastifyRequest): void {
  read(z.strictObject({}), request);
}

/** @throws Refusal PROOF_INPUT_INVALID */
function read<T>(query: z.ZodType<T>, request: FastifyRequest): T {
  const { success, data } = query.safeParse(request.query);
  if (!success) throw new Refusal("PROOF_INPUT_INVALID");
  return data;
}

/** @throws Refusal where the database is out of reach */
async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error))
      throw new Refusal("LOG_UNAVAILABLE", { headers: { "retry-after": "1" } });
    throw error;
  }
}

function base64(hash: Buffer): string {
  return hash.toString("base64");
}
