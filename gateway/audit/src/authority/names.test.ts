import { expect, it } from "vitest";
import { type NamedRegistry, type Names, RegistryNames } from "./names.ts";

const REGISTRY: NamedRegistry = {
  agencies: [{ id: "a", name: "Agency A" }],
  systems: [{ id: "s", name: "System S" }, { id: "nameless" }],
  purposes: [{ code: "P", text: "What it is for." }, { code: "WORDLESS" }],
};
const listed = ({ agencies, systems, purposes }: Names): unknown[] =>
  [agencies, systems, purposes].map((names) => [...names]);
const NAMED = [[["a", "Agency A"]], [["s", "System S"]], [["P", "What it is for."]]];
const NOTHING = [[], [], []];

it("are the registry's, asked for once and believed for five seconds", async () => {
  let asked = 0;
  let now = 0;
  let registry = REGISTRY;
  const names = new RegistryNames(
    {
      registry: async () => {
        asked += 1;
        return registry;
      },
    },
    { now: () => now },
  );
  expect((await Promise.all([names.get(), names.get()])).map(listed)).toEqual([NAMED, NAMED]);
  registry = { systems: [], purposes: [] };
  now = 4_999;
  expect(listed(await names.get())).toEqual(NAMED);
  expect(asked).toBe(1);
  now = 5_000;
  expect(listed(await names.get())).toEqual(NOTHING);
});

it("are none while the authority cannot be asked, and there again when it can", async () => {
  let now = 0;
  let down = true;
  const names = new RegistryNames(
    {
      registry: async () => {
        if (down) throw new Error("it is down");
        return REGISTRY;
      },
    },
    { deadlineMs: 60_000, now: () => now },
  );
  expect(listed(await names.get())).toEqual(NOTHING);
  down = false;
  now = 5_000;
  expect(listed(await names.get())).toEqual(NAMED);
});

it("are none where the authority does not answer in time, which is waited for once", async () => {
  let asked = 0;
  const silent = async (): Promise<NamedRegistry> => {
    asked += 1;
    return await new Promise(() => {});
  };
  const names = new RegistryNames({ registry: silent }, { deadlineMs: 20 });
  expect(listed(await names.get())).toEqual(NOTHING);
  expect(listed(await names.get())).toEqual(NOTHING);
  expect(asked).toBe(1);
});
