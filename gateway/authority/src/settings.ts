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
    LOG_LEVEL: settings.logLevel,
  })
  .refine(({ PORT, ISSUER }) => PORT !== 0 || ISSUER !== undefined, {
    path: ["ISSUER"],
    message: "must be set when the system chooses the port",
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
