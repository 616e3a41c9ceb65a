import { defineConfig } from "vitest/config";

// One run over every workspace: unit tests beside the code, cross-room tests under tests/.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["{gateway,subgraphs,shared}/*/**/*.test.ts", "{infra,tests}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/.build/**"],
    globalSetup: ["tests/setup/servers.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: ["default"],
  },
});
