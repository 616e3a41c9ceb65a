import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ReloadedRouter } from "../harness/reloaded-router.ts";

const REPLACEMENTS = 10;
let router: ReloadedRouter;
beforeAll(async () => void (router = await ReloadedRouter.start()));
afterAll(async () => await router?.stop());

test(
  "a supergraph that is replaced again and again under load costs no request",
  {
    timeout: 240_000,
  },
  async () => {
    const { millis, failures } = router.sent;
    router.begin(8);
    await vi.waitFor(() => expect(millis.length).toBeGreaterThan(50), 60_000);
    for (let count = 0; count < REPLACEMENTS; count++) {
      const before = millis.length;
      await router.replace();
      await vi.waitFor(() => expect(millis.length).toBeGreaterThan(before + 20), 60_000);
    }
    expect(failures).toEqual([]);
  },
);
