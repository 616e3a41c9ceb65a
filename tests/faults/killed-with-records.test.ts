import { expect, test } from "vitest";
import { killRounds } from "../proof/kill-rounds.ts";

const seed = Number(process.env["TRUC_TEST_SEED"] ?? Math.floor(Math.random() * 1_000_000));

test(`whoever is killed under load, router, database or audit process, every answer is on record (TRUC_TEST_SEED=${seed})`, async () => {
  const report = await killRounds({
    rounds: 4,
    seed,
    victims: ["router", "database", "audit", "router"],
  });
  expect(report.kills).toEqual({ router: 2, database: 1, audit: 1 });
  expect(report.answered).toBeGreaterThanOrEqual(60);
  expect(report.logged).toBeGreaterThanOrEqual(report.answered);
}, 180_000);
