import { expect, test } from "vitest";
import { Stops } from "./stops.ts";

test("whoever asks while all is being stopped waits for it, and nothing is stopped before its turn", async () => {
  const stops = new Stops();
  const said: string[] = [];
  const part = (name: string) => {
    stops.add(async () => {
      said.push(`${name} stops`);
      await new Promise((resolve) => setImmediate(resolve));
      said.push(`${name} has stopped`);
      if (name === "register") throw new Error("it could not");
    });
  };
  for (const name of ["database", "register", "router"]) part(name);
  const first = stops.all();
  expect(stops.stopping).toBe(true);
  const [failures, again] = await Promise.all([first, stops.all()]);
  expect(failures).toEqual([new Error("it could not")]);
  expect(again).toBe(failures);
  expect(said).toEqual(
    ["router", "register", "database"].flatMap((name) => [`${name} stops`, `${name} has stopped`]),
  );
});
