#!/usr/bin/env node
// Runs the CLI's TypeScript sources, on the Node.js that came with the packages when this one is older.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../src/cli/truc.ts", import.meta.url);
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 24 || (major === 24 && minor >= 2)) {
  await import(main.href);
} else {
  const bundled = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(bundled)) {
    console.error(
      'The packages are not installed: run "npm start" first, or install Node.js 24.2 or newer.',
    );
    process.exit(1);
  }
  const { status } = spawnSync(bundled, [fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
