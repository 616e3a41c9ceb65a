import type { Database } from "@truc/service";
import type { Adapter, AdapterPayload } from "oidc-provider";
import { findActiveSystem } from "./registry.ts";

/**
 * The registry's active systems as oidc-provider's clients, read at every request. They are never written from here.
 * @param signIn whether people sign in through them
 */
export function registeredClients(db: Database, signIn: boolean): Adapter {
  const nothing = async (): Promise<undefined> => undefined;
  return {
    find: async (id) => {
      const system = await findActiveSystem(db, id);
      if (system === null) return undefined;
      const redirectUris = signIn ? system.redirectUris : [];
      return {
        client_id: system.id,
        client_name: system.name,
        // A native application listens on whichever port is free (RFC 8252, section 7.3).
        application_type: redirectUris.some((uri) => uri.startsWith("http:")) ? "native" : "web",
        token_endpoint_auth_method: "private_key_jwt",
        grant_types: [
          "client_credentials",
          ...(redirectUris.length > 0 ? ["authorization_code"] : []),
        ],
        response_types: redirectUris.length > 0 ? ["code"] : [],
        // A code goes where only the application's server reads it, and through no page that runs a script.
        response_modes: ["query"],
        redirect_uris: redirectUris,
        dpop_bound_access_tokens: system.dpop,
        jwks: { keys: system.keys },
      } as AdapterPayload;
    },
    upsert: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
  };
}
