import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { faultOf, importsIn, workspaceOf } from "./layers.ts";
import { filesUnder, ROOT } from "./workspace-files.ts";

const files = ["gateway", "subgraphs", "shared", "infra", "tests"].flatMap(filesUnder);
const manifests = files.filter((file) =>
  /^(infra|tests|[a-z]+\/[a-z-]+)\/package\.json$/.test(file),
);
const manifestOf = (file: string) =>
  JSON.parse(readFileSync(join(ROOT, file), "utf8")) as {
    name: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
const names = new Map(manifests.map((file) => [manifestOf(file).name, dirname(file)]));

test("the workspaces are found", () => {
  expect([...names.values()]).toEqual(
    expect.arrayContaining([
      "shared/contracts",
      "shared/service",
      "gateway/router",
      "gateway/authority",
      "infra",
    ]),
  );
});

test("imports go down, never sideways, and through a package's entrance", () => {
  const sources = files.filter((file) => /\.(ts|mts|js|mjs)$/.test(file));
  const imports = sources.flatMap((file) =>
    importsIn(readFileSync(join(ROOT, file), "utf8")).map((specifier) => ({ file, specifier })),
  );
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.flatMap(({ file, specifier }) => faultOf(file, specifier, names) ?? [])).toEqual(
    [],
  );
});

test("no package.json depends on a sibling or on a room above", () => {
  const faults = manifests.flatMap((file) => {
    const { dependencies, devDependencies } = manifestOf(file);
    return Object.keys({ ...dependencies, ...devDependencies }).flatMap(
      (name) => faultOf(file, name, names) ?? [],
    );
  });
  expect(faults).toEqual([]);
});

test.each([
  ["gateway/router/src/a.ts", "@truc/authority", "gateway/router must not know gateway/authority"],
  [
    "gateway/router/src/a.ts",
    "../../authority/src/b.ts",
    "gateway/router must not know gateway/authority",
  ],
  ["subgraphs/one/src/a.ts", "@truc/router", "subgraphs/one must not know gateway/router"],
  ["shared/service/src/a.ts", "@truc/infra", "shared/service must not know infra"],
  [
    "shared/contracts/src/a.ts",
    "@truc/service/testing",
    "shared/contracts must not know shared/service",
  ],
  ["infra/src/a.ts", "../../tests/b.ts", "infra must not know tests"],
  ["infra/src/a.ts", "../../gateway/router/src/b.ts", "use the package's name"],
])("%s may not import %s", (file, specifier, fault) => {
  const known = new Map([
    ["@truc/authority", "gateway/authority"],
    ["@truc/router", "gateway/router"],
    ["@truc/service", "shared/service"],
    ["@truc/infra", "infra"],
  ]);
  expect(faultOf(file, specifier, known)).toContain(fault);
});

test.each([
  ["gateway/router/src/a.ts", "./b.ts"],
  ["gateway/router/src/a.ts", "@truc/contracts"],
  ["infra/src/a.ts", "@truc/router"],
  ["tests/start/a.test.ts", "../../infra/src/b.ts"],
  ["shared/service/src/a.ts", "fastify"],
])("%s may import %s", (file, specifier) => {
  const known = new Map([
    ["@truc/contracts", "shared/contracts"],
    ["@truc/router", "gateway/router"],
  ]);
  expect(faultOf(file, specifier, known)).toBeUndefined();
});

test("a file belongs to the workspace it lies in", () => {
  expect(workspaceOf("gateway/router/src/read/a.ts")).toBe("gateway/router");
  expect(workspaceOf("infra/src/start.ts")).toBe("infra");
  expect(workspaceOf("package.json")).toBeUndefined();
});

test("imports of every form are seen", () => {
  const source = [
    'import a from "a";',
    "export * from './b.ts';",
    'import "c";',
    'const d = await import("d");',
    'import type { E } from "e";',
    'const f = require("f");',
  ].join("\n");
  expect(importsIn(source)).toEqual(["a", "./b.ts", "c", "d", "e", "f"]);
});
