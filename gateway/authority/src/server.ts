import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Database,
  defineService,
  type Frame,
  migrate,
  openDatabase,
  runService,
  startHttp,
} from "@truc/service";
import type { Provider } from "oidc-provider";
import { migrations } from "../migrations/index.ts";
import { mountProvider } from "./mount-provider.ts";
import { openPrivateSide, type PrivateSide } from "./private/private-side.ts";
import { removeExpiredState } from "./provider-state.ts";
import { openSecrets } from "./secrets.ts";
import { AuthoritySettings, issuerOf } from "./settings.ts";
import { mountSignIn } from "./sign-in/mount-sign-in.ts";
import { readTestPeople } from "./sign-in/test-people.ts";
import { SigningKeys } from "./signing-keys.ts";
import { tokenProvider, type TokenProviderOptions } from "./token-provider.ts";

/** How often the key file is looked at. */
const KEYS_CHECK_MS = 1000;
/** How often expired state is removed. */
const CLEAN_UP_MS = 60_000;

/** A statement of a request that takes longer fails. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The authorization server and the registry: tokens, and who may do what, in one database of their own. */
export const service = defineService<AuthoritySettings>({
  name: "authority",
  settings: AuthoritySettings,
  async start(settings, { log }) {
    const keys = await SigningKeys.open(settings.SIGNING_KEYS);
    const secrets = await openSecrets(settings.SECRETS);
    await prepareDatabase(settings.DATABASE_URL);
    const db = openDatabase(settings.DATABASE_URL, {
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      log,
    });
    const stopChores = startChores(db, keys, log);
    const issuer = issuerOf(settings);
    let operatorSide: PrivateSide | undefined;
    const close = async (): Promise<void> => {
      stopChores();
      await operatorSide?.close();
      await db.close();
    };
    try {
      const signIn = settings.SIGN_IN === "test";
      const audience = settings.AUDIENCE;
      const provider = renewing({ db, issuer, audience, signIn, keys, secrets, log });
      const people = await readTestPeople(settings.TEST_PEOPLE);
      const privateSide = openPrivateSide(settings, { db, issuer, log });
      operatorSide = privateSide;
      const http = await startHttp({
        port: settings.PORT,
        host: settings.HOST,
        log,
        notReady: () => notReady(db),
        // Its callers are outside the platform.
        takesRequestId: false,
        routes: async (app) => {
          await mountProvider(app, { signIn, handle: (req, res) => provider().handle(req, res) });
          if (signIn) {
            const { cookieKeys } = secrets;
            const current = (): Provider => provider().provider;
            await mountSignIn(app, { db, provider: current, people, keys: cookieKeys, log });
          }
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
