import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { importJWK, type JWK, SignJWT } from "jose";
import type { TestAuthority } from "./test-authority.ts";

export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface AssertionOptions {
  system?: string;
  key?: JWK;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

/** The requests of a token endpoint's tests: right ones, but for what a test says otherwise. */
export class TokenRequests {
  readonly authority: TestAuthority;

  constructor(authority: TestAuthority) {
    this.authority = authority;
  }

  /** An assertion of the system "reader". */
  async assertion(options: AssertionOptions = {}): Promise<string> {
    const { system = "reader", key = this.authority.privateKeys[system]! } = options;
    const header = { alg: "ES256", kid: key.kid!, ...options.header };
    return await new SignJWT(this.claims(system, options.claims))
      .setProtectedHeader(header)
      .sign(await importJWK(key, header.alg), { crit: { "urn:x": true } });
  }

  /** The claims of an assertion. */
  claims(system: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: system,
      sub: system,
      aud: this.authority.issuer,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
      ...changes,
    };
  }

  /** Sends a form, or a text as it is. */
  async post(
    form: Record<string, string> | URLSearchParams | string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Headers; text: string }> {
    const body = typeof form === "string" ? form : new URLSearchParams(form);
    const response = await fetch(`${this.authority.issuer}/token`, {
      method: "POST",
      body,
      headers,
    });
    const text = await response.text();
    return {
      status: response.status,
      body: JSON.parse(text) as Record<string, unknown>,
      headers: response.headers,
      text,
    };
  }

  /** A form that gets all of the grant for LENDING; an empty parameter is left out. */
  async form(changes: Record<string, string> = {}): Promise<Record<string, string>> {
    const all = {
      grant_type: "client_credentials",
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: changes["client_assertion"] ?? (await this.assertion()),
      purpose: "LENDING",
      ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
  }
  /** A request that pretends to be for http://elsewhere.example; fetch does not let one. */
  async asElsewhere(method: string, path: string, body?: string): Promise<string> {
    const headers = {
      host: "elsewhere.example",
      "content-type": "application/x-www-form-urlencoded",
    };
    const sent = request(this.authority.issuer + path, { method, headers }).end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return Buffer.concat(await response.toArray()).toString();
  }
}
