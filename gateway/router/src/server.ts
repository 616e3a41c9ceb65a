import { randomUUID } from "node:crypto";
import { HeaderMap } from "@apollo/server";
import {
  defineService,
  Journal,
  runService,
  startHttp,
  StartupError,
  type Frame,
  type RunningService,
} from "@truc/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Budgets } from "./admit/budgets.ts";
import { Room } from "./admit/room.ts";
import { KeySet } from "./authenticate/key-set.ts";
import { ProofsOfPossession } from "./authenticate/possession.ts";
import { TokenVerifier } from "./authenticate/token-verifier.ts";
import { TokenRights } from "./authorize/rights.ts";
import {
  readAuditKey,
  readFederation,
  readPermitSecrets,
  readText,
  routerSettings,
  type RouterSettings,
} from "./config.ts";
import { Costs } from "./cost/costs.ts";
import { SignedPermits } from "./execute/permits.ts";
import { SubgraphClients } from "./execute/subgraph-clients.ts";
import { graphiqlPage, serveGraphiqlFiles, wantsPage } from "./graphiql.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { handle, handleQuestion, type House } from "./pipeline.ts";
import { startApollo } from "./read/apollo.ts";
import { DocumentLimits } from "./read/document-limits.ts";
import { PlanAhead } from "./read/plan-ahead.ts";
import { NOTHING_REGISTERED } from "./read/registered-operations.ts";
import { Readiness } from "./readiness.ts";
import { RecordBook } from "./record.ts";
import { Digests } from "./record/digests.ts";
import { followRegistry } from "./registry/follow-registry.ts";
import { openSharedState } from "./shared-state/open-shared-state.ts";
import { Federation } from "./supergraph/federation.ts";
import { followSupergraph } from "./supergraph/supergraph-file.ts";
import { SupergraphRefused } from "./supergraph/supergraph-refused.ts";

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The router as a process: one GraphQL address in front of every subgraph of a supergraph. */
export const service = defineService<RouterSettings>({
  name: "router",
  settings: routerSettings,
  start,
});

async function start(settings: RouterSettings, { log }: Frame): Promise<RunningService> {
  const { capabilities, subjectSets } = readFederation(settings.FEDERATION);
  const secrets = readPermitSecrets(settings.PERMIT_SECRETS);
  const permits = new SignedPermits(secrets);
  const federation = loadFederation(settings, log);
  const apollo = await startApollo(federation, {
    log,
    production: settings.NODE_ENV === "production",
  });
  for (const name of federation.present.subgraphs.keys()) {
    if (!capabilities.get(name)?.permit || secrets.has(name)) continue;
    throw new StartupError(
      `The subgraph ${name} takes permits, but PERMIT_SECRETS names no folder with a file ${name}.json.`,
    );
  }
  const keys = new KeySet(settings.JWKS_URL);
  const journal = new Journal({ directory: settings.AUDIT, name: "router" });
  const clients = new SubgraphClients({
    log,
    deadlineMs: settings.FETCH_DEADLINE_MS,
    capabilities: (name) => capabilities.get(name) ?? { permit: false },
    permitFor: async (claims, subgraph) => await permits.for(claims, subgraph),
  });
  const shared = await openSharedState(settings.REDIS_URL, log);
  const digests = new Digests(readAuditKey(settings.AUDIT_KEY));
  const authority = followRegistry(settings, {
    clients,
    digests,
    federation,
    guard: shared,
    log,
    subjectSets,
  });
  // Known for certain only when the port is.
  let publicUrl = settings.PUBLIC_URL ?? "";
  const house: House = {
    log,
    verifier: new TokenVerifier(
      keys.key,
      {
        issuer: settings.TOKEN_ISSUER,
        audience: settings.TOKEN_AUDIENCE,
        algorithms: settings.TOKEN_ALGORITHMS,
        leewaySeconds: settings.TOKEN_LEEWAY_SECONDS,
      },
      log,
    ),
    proofs: new ProofsOfPossession({ publicUrl: () => publicUrl, guard: shared, log }),
    registry: authority?.feed,
    apollo,
    limits: new DocumentLimits(),
    federation,
    registered: authority?.operations ?? NOTHING_REGISTERED,
    rights: authority?.rights ?? new TokenRights(),
    unauthorized: settings.UNAUTHORIZED,
    room: new Room(settings.MAX_REQUESTS),
    budgets: new Budgets(shared, settings.BUDGET_SHARE_PERCENT),
    costs: new Costs(settings.LIST_SIZE_DEFAULT, settings.MAX_VALUES),
    clients,
    deadlineMs: settings.REQUEST_DEADLINE_MS,
    digests,
    book: new RecordBook(journal, randomUUID()),
  };
  const stopFollowing = followSupergraph(settings.SUPERGRAPH, federation, log);
  const ahead = authority && new PlanAhead(house, authority.feed);
  const readiness = new Readiness({
    keys,
    registry: authority?.feed,
    ahead,
    federation,
    capabilities,
    shared,
    sharePercent: settings.BUDGET_SHARE_PERCENT,
  });
  const notReady = async (): Promise<string[]> => await readiness.notReady();
  const http = await startHttp({
    port: settings.PORT,
    host: settings.HOST,
    log,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    takesRequestId: false,
    notReady,
    degraded: async () => await readiness.degraded(),
    routes: (app) => {
      // GraphQL over HTTP is JSON; a plain text would slip past the browser's question before a cross-origin request.
      app.removeContentTypeParser("text/plain");
      serveGraphiqlFiles(app);
      app.route({
        method: ["GET", "POST"],
        url: "/graphql",
        handler: async (request, reply) => await answer(request, reply, house),
      });
      app.post("/explain", async (request, reply) => {
        const incoming = incomingRequest(request, "explain");
        const { status, headers, body } = await handleQuestion(incoming, house);
        return await reply.code(status).headers(headers).send(body);
      });
    },
  });
  publicUrl ||= `${http.url}/graphql`;
  return {
    url: http.url,
    notReady,
    async stop() {
      stopFollowing();
      await http.stop();
      await authority?.stop();
      await ahead?.stop();
      await apollo.stop();
      await clients.close();
      await shared.close();
      await journal.close();
    },
  };
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  house: House,
): Promise<FastifyReply> {
  const incoming = incomingRequest(request);
  if (request.method === "GET" && wantsPage(request.headers.accept, incoming.search)) {
    const page = graphiqlPage();
    return await reply.headers(page.headers).send(page.body);
  }
  const { status, headers, body } = await handle(incoming, house);
  return await reply.code(status).headers(headers).send(body);
}

function incomingRequest(
  request: FastifyRequest,
  address: IncomingRequest["address"] = "graphql",
): IncomingRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const question = request.url.indexOf("?");
  return {
    requestId: request.id,
    arrived: new Date(),
    method: request.method,
    address,
    search: question === -1 ? "" : request.url.slice(question),
    headers,
    authorization: everyHeader(request, "authorization"),
    proofs: everyHeader(request, "dpop"),
    body: request.body,
    trace: traceOf(headers),
  };
}

/** Every header of a name, where Node would keep the first or join them. */
function everyHeader({ raw: { rawHeaders } }: FastifyRequest, wanted: string): string[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === wanted ? [rawHeaders[index + 1] ?? ""] : [],
  );
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_STATE = /^[\x21-\x7e][\x20-\x7e]{0,511}$/;

/** The caller's W3C Trace Context where it has the form of one; anything else would be free text in every log. */
function traceOf(headers: HeaderMap): Record<string, string> {
  const traceparent = headers.get("traceparent");
  const tracestate = headers.get("tracestate");
  if (traceparent === undefined || !TRACE_PARENT.test(traceparent)) return {};
  return tracestate === undefined || !TRACE_STATE.test(tracestate)
    ? { traceparent }
    : { traceparent, tracestate };
}

function loadFederation(settings: RouterSettings, log: Frame["log"]): Federation {
  const text = readText(settings.SUPERGRAPH, "SUPERGRAPH");
  try {
    return new Federation(text, log);
  } catch (error) {
    if (error instanceof SupergraphRefused) throw new StartupError(error.message, { cause: error });
    throw error;
  }
}

if (import.meta.main) await runService(service);
