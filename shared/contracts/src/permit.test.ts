import { SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { type Permit, type PermitSecrets, signPermit, UNLIMITED, verifyPermit } from "./permit.ts";

const old = { kid: "2026-a", secret: "A".repeat(43) };
const fresh = { kid: "2026-b", secret: "B".repeat(43) };
const secrets: PermitSecrets = { keys: [fresh, old] };
const now = () => Math.floor(Date.now() / 1_000);
const permit = (claims: Partial<Permit> = {}): Permit => ({
  aud: "ships",
  iat: now(),
  exp: now() + 60,
  scopes: ["ships:hull"],
  limits: UNLIMITED,
  distance: 0,
  system: "harbour-office",
  ...claims,
});

describe("a permit", () => {
  it("is what was signed", () => {
    const claims = permit({
      limits: { ...UNLIMITED, provinces: ["01"] },
      pins: ["901000000001"],
      purpose: "voyage",
    });
    expect(verifyPermit(signPermit(claims, secrets), "ships", secrets)).toEqual(claims);
  });

  it("is valid under either of two secrets while they rotate, and under no third", () => {
    expect(verifyPermit(signPermit(permit(), { keys: [old] }), "ships", secrets)).toMatchObject({
      aud: "ships",
    });
    const third = { keys: [{ kid: "2026-c", secret: "C".repeat(43) }] };
    expect(() => verifyPermit(signPermit(permit(), third), "ships", secrets)).toThrow(
      "names no secret",
    );
  });

  it.each([
    ["another subgraph's", { aud: "crew" }],
    ["expired", { iat: now() - 70, exp: now() - 10 }],
    ["longer than a minute", { iat: now() - 100, exp: now() + 100 }],
    ["longer than a minute, and fresh", { iat: now(), exp: now() + 61 }],
    ["of the future", { iat: now() + 30, exp: now() + 60 }],
    ["without scopes", { scopes: undefined as never }],
    ["of a distance below zero", { distance: -1 }],
    ["with an unknown limit", { limits: { ...UNLIMITED, everything: true } as never }],
  ])("is refused when it is %s", (_case, claims) => {
    expect(() => verifyPermit(signPermit(permit(claims), secrets), "ships", secrets)).toThrow();
  });

  it("is refused when it is no permit but another kind of token under the same secret", async () => {
    const token = await new SignJWT({ ...permit() })
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: fresh.kid })
      .sign(Buffer.from(fresh.secret, "base64url"));
    expect(() => verifyPermit(token, "ships", secrets)).toThrow("typ");
  });

  it("allows five seconds between two clocks and no more", () => {
    const token = signPermit(permit({ iat: now() - 50, exp: now() + 1 }), secrets);
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      vi.setSystemTime(Date.now() + 4_000);
      expect(verifyPermit(token, "ships", secrets)).toMatchObject({
        system: "harbour-office",
      });
      vi.setSystemTime(Date.now() + 4_000);
      expect(() => verifyPermit(token, "ships", secrets)).toThrow("exp");
    } finally {
      vi.useRealTimers();
    }
  });
});
