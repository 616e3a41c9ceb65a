import { settings } from "@truc/service";
import * as z from "zod";

/** Where plain http is good enough: what never leaves the machine. */
const LOOPBACK = new Set(["127.0.0.1", "[::1]", "localhost"]);
const ISSUER_RULE =
  "must be the address of this authority without a path: https://…, or http:// on this machine";

/** The authority's settings, as environment variables. */
export const AuthoritySettings = z
  .object({
    PORT: settings.port,
    HOST: settings.host,
    DATABASE_URL: settings.databaseUrl,
    ISSUER: z
      .string()
      .refine(isIssuer, ISSUER_RULE)
      .optional()
      .describe(
        "The address under which it is known, `iss` of every token; http://HOST:PORT unless it is set.",
      ),
    AUDIENCE: z
      .string()
      .refine(
        (uri) => URL.canParse(uri) && !uri.includes("#"),
        "must be an absolute URI without a fragment",
      )
      .default("urn:truc:gateway")
      .describe("The resource its tokens are for, `aud` of every token: what the router expects."),
    SIGNING_KEYS: settings.filePath.describe(
      "The file of its private signing keys (a JWK set); made when missing.",
    ),
    SECRETS: settings.filePath.describe("The file of its other secrets; made when missing."),
    PERMIT_SECRETS: settings.filePath.describe(
      'JSON file of the secrets the registry, as a subgraph, shares with the router: `{"keys": [{"kid": …, "secret": …}]}`, at most two.',
    ),
    JOURNAL: settings.directory.describe(
      "The directory of its journals: operations at the registry, and orders of the operator.",
    ),
    FEED_SECRETS: settings.filePath
      .optional()
      .describe(
        "JSON file of the secrets shared with routers for the private addresses, of the same form; without it no router is fed.",
      ),
    OPERATOR_KEYS: settings.filePath
      .optional()
      .describe(
        "The operator's public keys (a JWK set, ES256, each with its kid), for orders at /private/direct; without it none is taken.",
      ),
    SUPERGRAPH: settings.filePath
      .optional()
      .describe(
        "The composed supergraph that operations are checked against when they are registered; without it none can be.",
      ),
    SIGN_IN: z
      .enum(["test", "off"], "must be test or off")
      .default("off")
      .describe(
        "How people sign in: `test` lets anybody choose a synthetic person, for development only; `off` lets nobody.",
      ),
    TEST_PEOPLE: settings.filePath
      .optional()
      .describe(
        'JSON file of the people whom the test sign-in offers: `[{"id": …, "name": …, "roles": […], "pin": …}]`, a pin for citizens only.',
      ),
    LOG_LEVEL: settings.logLevel,
  })
  .refine(({ PORT, ISSUER }) => PORT !== 0 || ISSUER !== undefined, {
    path: ["ISSUER"],
    message: "must be set when the system chooses the port",
  })
  .refine(({ SIGN_IN, TEST_PEOPLE }) => SIGN_IN === "test" || TEST_PEOPLE === undefined, {
    path: ["TEST_PEOPLE"],
    message: "must not be set unless SIGN_IN is test",
  });
export type AuthoritySettings = z.infer<typeof AuthoritySettings>;

/** The issuer identifier (RFC 8414, section 2): no path, query or closing slash here. */
export function issuerOf({ ISSUER, HOST, PORT }: AuthoritySettings): string {
  return ISSUER ?? `http://${HOST.includes(":") ? `[${HOST}]` : HOST}:${PORT}`;
}

function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.origin !== text) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}
