import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Database,
  defineService,
  type Frame,
  Journal,
  migrate,
  mountSubgraph,
  openDatabase,
  PermitReader,
  runService,
  startHttp,
  type SubgraphDefinition,
} from "@truc/service";
import type { FastifyInstance } from "fastify";
import type { Provider } from "oidc-provider";
import { migrations } from "../migrations/index.ts";
import { mountProvider } from "./mount-provider.ts";
import { openPrivateSide, type PrivateSide } from "./private/private-side.ts";
import { removeExpiredState } from "./provider-state.ts";
import { registry, registrySubgraph } from "./registry/subgraph.ts";
import { openSecrets, type Secrets } from "./secrets.ts";
import { AuthoritySettings, issuerOf } from "./settings.ts";
import { mountSignIn } from "./sign-in/mount-sign-in.ts";
import { readTestPeople, type TestPeople } from "./sign-in/test-people.ts";
import { SigningKeys } from "./signing-keys.ts";
import { tokenProvider, type TokenProviderOptions } from "./token-provider.ts";

/** How often the key file is looked at. */
const KEYS_CHECK_MS = 1000;
/** How often expired state is removed. */
const CLEAN_UP_MS = 60_000;

/** Where the registry answers as a subgraph. */
const SUBGRAPH_PATH = "/graphql";
/** A statement of a request that takes longer fails. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The authorization server and the registry: tokens, and who may do what, over one database of their own. */
const authority = defineService<AuthoritySettings>({
  name: "authority",
  settings: AuthoritySettings,
  async start(settings, { log }) {
    const files = {
      keys: await SigningKeys.open(settings.SIGNING_KEYS),
      secrets: await openSecrets(settings.SECRETS),
      people: await readTestPeople(settings.TEST_PEOPLE),
    };
    await prepareDatabase(settings.DATABASE_URL);
    const db = openDatabase(settings.DATABASE_URL, {
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      log,
    });
    const closing: (() => unknown)[] = [() => db.close(), startChores(db, files.keys, log)];
    const close = async (): Promise<void> => {
      for (const each of closing.toReversed()) await each();
    };
    try {
      const frame = { db, issuer: issuerOf(settings), log };
      const privateSide = openPrivateSide(settings, frame);
      closing.push(() => privateSide.close());
      const subgraph = openRegistry(settings, frame, privateSide);
      closing.push(() => subgraph.close());
      const http = await startHttp({
        port: settings.PORT,
        host: settings.HOST,
        log,
        notReady: () => notReady(db),
        // Its callers are outside the platform.
        takesRequestId: false,
        routes: async (app) => {
          await mountTokens(app, settings, { ...frame, ...files });
          subgraph.mount(app);
          privateSide.mount(app);
        },
      });
      return {
        url: http.url,
        notReady: () => notReady(db),
        stop: async () => {
          privateSide.endStreams();
          await http.stop();
          await close();
        },
      };
    } catch (error) {
      await close();
      throw error;
    }
  },
});

/** The authority's process; it also carries the subgraph that it serves, as a register's does. */
export const service: typeof authority & { definition: SubgraphDefinition } = {
  ...authority,
  definition: registry,
};

type Parts = { db: Database; issuer: string; log: Frame["log"] };

/** Tokens, and where people sign in the pages for it. */
async function mountTokens(
  app: FastifyInstance,
  settings: AuthoritySettings,
  parts: Parts & { keys: SigningKeys; secrets: Secrets; people: TestPeople },
): Promise<void> {
  const signIn = settings.SIGN_IN === "test";
  const current = renewing({ ...parts, audience: settings.AUDIENCE, signIn });
  await mountProvider(app, { signIn, handle: (req, res) => current().handle(req, res) });
  if (!signIn) return;
  const { db, log, people } = parts;
  const keys = parts.secrets.cookieKeys;
  await mountSignIn(app, { db, provider: () => current().provider, people, keys, log });
}

/** The registry as a subgraph beside the rest; whoever reads the feed hears at once of what is changed through it. */
function openRegistry(
  settings: AuthoritySettings,
  { db, log }: Parts,
  privateSide: PrivateSide,
): { mount(app: FastifyInstance): void; close(): Promise<void> } {
  const definition = registrySubgraph({ supergraph: settings.SUPERGRAPH });
  const permits = new PermitReader(definition.name, settings.PERMIT_SECRETS, log);
  const journal = new Journal({ directory: settings.JOURNAL, name: definition.name });
  return {
    mount: (app) => {
      app.addHook("onSend", async ({ routeOptions }) => {
        if (routeOptions.url === SUBGRAPH_PATH) privateSide.changed();
      });
      mountSubgraph(app, definition, { db, permits, journal, log });
    },
    close: () => journal.close(),
  };
}

/** Migrations may take long, so they run on connections of their own without a time limit. */
async function prepareDatabase(url: string): Promise<void> {
  const db = openDatabase(url, { maxConnections: 2 });
  try {
    await migrate(db, migrations);
  } finally {
    await db.close();
  }
}

async function notReady(db: Database): Promise<string[]> {
  return await db.ping().then(
    () => [],
    () => ["database"],
  );
}

interface Built {
  provider: Provider;
  handle: (request: IncomingMessage, response: ServerResponse) => unknown;
}

/** Gives a provider over the keys that are published at the moment, and makes a new one when they change. */
function renewing(options: TokenProviderOptions): () => Built {
  let built: (Built & { keys: string }) | undefined;
  return () => {
    const published = options.keys.published();
    const keys = published.map(({ kid }) => kid).join(" ");
    if (built?.keys !== keys) {
      const provider = tokenProvider(options, published);
      built = { keys, provider, handle: provider.callback() };
    }
    return built;
  };
}

/** Looks after key file and expired state until the returned function is called. */
function startChores(db: Database, keys: SigningKeys, log: Frame["log"]): () => void {
  const refresh = async (): Promise<void> => {
    try {
      if (await keys.refresh())
        log.info({ keys: keys.published().map(({ kid }) => kid) }, "signing keys changed");
    } catch (error) {
      log.error({ reason: (error as Error).message }, "the changed signing keys are not used");
    }
  };
  const cleanUp = async (): Promise<void> => {
    try {
      await removeExpiredState(db);
    } catch (error) {
      log.warn({ err: error }, "expired state was not removed");
    }
  };
  const timers = [setInterval(refresh, KEYS_CHECK_MS), setInterval(cleanUp, CLEAN_UP_MS)];
  for (const timer of timers) timer.unref();
  return () => timers.forEach((timer) => clearInterval(timer));
}

if (import.meta.main) await runService(service);
