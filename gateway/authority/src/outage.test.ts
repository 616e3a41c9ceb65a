import { expect, test } from "vitest";
import { requestToken } from "./request-token.ts";
import { startTestAuthority } from "./test-authority.ts";
import { startTestProxy } from "./test-proxy.ts";

test("while its database is away it says so, and when it is back it serves again", async () => {
  const proxy = await startTestProxy(process.env["TRUC_TEST_POSTGRES_URL"]!);
  const other = await startTestAuthority({
    databaseUrl: (url) => {
      const through = new URL(url);
      through.port = String(proxy.port);
      return through.href;
    },
  });
  try {
    const tokenRequest = {
      issuer: other.issuer,
      clientId: "reader",
      privateKey: other.privateKeys["reader"]!,
      purpose: "LENDING",
    };
    await requestToken(tokenRequest);
    await proxy.close();
    await expect(requestToken(tokenRequest)).rejects.toMatchObject({
      code: "temporarily_unavailable",
    });
    const ready = await fetch(`${other.issuer}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, notReady: ["database"] });
    expect((await fetch(`${other.issuer}/jwks`)).status).toBe(200);
    await proxy.open();
    await expect(requestToken(tokenRequest)).resolves.toMatchObject({ expiresIn: 600 });
  } finally {
    await other.stop();
    await proxy.close();
  }
});
