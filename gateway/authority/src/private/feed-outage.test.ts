import { expect, test } from "vitest";
import { startTestAuthority } from "../test-authority.ts";
import { TestFeedReader } from "../test-feed-reader.ts";
import { startTestProxy } from "../test-proxy.ts";

test("while the database is away the feed is silent, and when it is back it goes on", async () => {
  const proxy = await startTestProxy(process.env["TRUC_TEST_POSTGRES_URL"]!);
  const authority = await startTestAuthority({
    databaseUrl: (url) => {
      const through = new URL(url);
      through.port = String(proxy.port);
      return through.href;
    },
  });
  const logged = (message: string): number =>
    authority.log.filter((line) => (JSON.parse(line) as { msg: string }).msg === message).length;
  try {
    const reader = await TestFeedReader.open(authority);
    await reader.snapshot();
    await reader.alive();
    await proxy.close();
    await expect.poll(() => logged("the feed is silent"), { timeout: 20_000 }).toBe(1);
    // Whatever was on the way when the database went away has been read; from here on nothing comes.
    let lines = 0;
    const next = reader.alive().then((revision) => {
      lines++;
      return revision;
    });
    const late = await TestFeedReader.open(authority);
    const first = late.snapshot();
    expect(lines).toBe(0);
    await proxy.open();
    expect(await next).toBe((await first).revision);
    await expect.poll(() => logged("the feed goes on")).toBe(1);
    reader.close();
    late.close();
  } finally {
    await authority.stop();
    await proxy.close();
  }
});
