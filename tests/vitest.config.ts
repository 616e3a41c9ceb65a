import { defineConfig } from "vitest/config";

// One run over every workspace: unit tests beside the code, cross-room tests under tests/.
export default defineConfig({
  // Packages that Node loads itself get graphql's CommonJS build; a second instance beside it would not recognise their
  // types.
  resolve: {
    alias: [
      {
        find: /^graphql$/,
        replacement: new URL("../node_modules/graphql/index.js", import.meta.url).pathname,
      },
    ],
  },
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["{gateway,subgraphs,shared}/*/**/*.test.ts", "{infra,tests}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.build/**"],
    globalSetup: ["tests/setup/servers.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // The machine may be busy with what else is tested.
    expect: { poll: { timeout: 10_000 } },
    reporters: ["default"],
    // What a failed assertion says is all that is left of it in a report.
    chaiConfig: { truncateThreshold: 400 },
  },
});
