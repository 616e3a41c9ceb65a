import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isFree } from "@truc/service/testing";
import {
  dataFolder,
  freePorts,
  isAlive,
  platformIn,
  PlatformProcess,
  postgresPid,
  READY,
  ROOT,
  runCommand,
} from "./platform-process.ts";

const CITIZENS = 200;
let folder: Awaited<ReturnType<typeof dataFolder>>;
let port: number;
let platform: PlatformProcess;

beforeAll(async () => {
  folder = await dataFolder();
  port = await freePorts();
  platform = new PlatformProcess([
    "--citizens",
    String(CITIZENS),
    "--seed",
    "7",
    "--data",
    folder.data,
    "--port",
    String(port),
  ]);
  await platform.shows(READY);
}, 120_000);

afterAll(async () => {
  await platform.signal("SIGTERM");
  await folder.remove();
});

async function modesUnder(path: string): Promise<[path: string, mode: number][]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return await Promise.all(
    entries.map(async (entry) => {
      const full = join(entry.parentPath, entry.name);
      return [full, (await stat(full)).mode & 0o777] as [string, number];
    }),
  );
}

/** The command on the screen, from its first word to the closing quote. */
function printedCommand(screen: string): string {
  return /^npx truc query [\s\S]*?\n\}'$/m.exec(screen)![0];
}

describe("npm start", () => {
  test("platform.json says where everything is and who may ask", async () => {
    const file = await platformIn(folder.data);
    expect(file).toEqual({
      graphql: `http://127.0.0.1:${port}/graphql`,
      issuer: `http://127.0.0.1:${port + 1}`,
      jwks: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:${port + 1}/`)),
      audit: `http://127.0.0.1:${port + 2}`,
      console: null,
      systems: expect.any(Array),
      people: expect.arrayContaining([
        { id: file.samples.citizen, name: expect.any(String), roles: ["citizen"] },
      ]),
      samples: {
        citizen: expect.stringMatching(/^9\d{11}$/),
        parcel: expect.stringMatching(/^\d{5}-\d+-\d+$/),
        company: expect.stringMatching(/^\d{10}$/),
      },
      example: {
        system: "service-counter",
        purpose: "ONE_STOP_SERVICE",
        query: expect.stringContaining("query OneCitizen"),
        variables: { pin: file.samples.citizen },
      },
    });
    expect(file.systems.map(({ id }) => id).toSorted()).toEqual([
      "business-registrar",
      "console",
      "inspectorate",
      "insurance-inspector",
      "land-office",
      "portal",
      "service-counter",
    ]);
    expect(file.systems.find(({ id }) => id === "land-office")).toEqual({
      id: "land-office",
      agency: "land-administration",
      purposes: ["LAND_TRANSFER", "DATA_CLEANUP"],
      scopes: expect.arrayContaining(["land:rights", "population:identity"]),
    });
    const keys = await fetch(file.jwks);
    expect(((await keys.json()) as { keys: unknown[] }).keys.length).toBeGreaterThan(0);
  });

  test("the screen says that this is no production, and names every system and purpose", () => {
    expect(platform.stdout).toContain("Development topology: one process, all keys in one folder.");
    expect(platform.stdout).toMatch(/^ {2}land-office +LAND_TRANSFER, DATA_CLEANUP$/m);
    expect(platform.stdout).toContain(`http://127.0.0.1:${port}/graphql`);
    expect(platform.stderr).toBe("");
  });

  test("the printed command, pasted into bash, prints one answer out of four registers", async () => {
    const { code, stdout, stderr } = await runCommand("bash", [
      "-c",
      printedCommand(platform.stdout),
    ]);
    expect({ code, stderr: stderr.replaceAll(/^npm warn.*\n/gm, "") }).toEqual({
      code: 0,
      stderr: "",
    });
    const answer = JSON.parse(stdout) as {
      data: { citizen: Record<string, any> };
      errors?: unknown;
    };
    const { citizen } = answer.data;
    expect(answer.errors).toBeUndefined();
    expect(citizen["id"]).toBe((await platformIn(folder.data)).samples.citizen);
    expect(citizen["fullName"]).toEqual(expect.any(String));
    expect(citizen["household"].members.length).toBeGreaterThan(1);
    expect(citizen["landRights"].nodes[0].parcel.id).toEqual(expect.any(String));
    expect(citizen["companies"].nodes[0].company.code).toEqual(expect.any(String));
    expect(citizen["healthCard"].number).toEqual(expect.any(String));
    expect(stdout).toContain('\n  "data": {\n');
  });

  test("the command below it shows the citizen who has just looked at her data", async () => {
    const [, command] = /^ {2}(npx truc query --person .*accessLog.*)$/m.exec(platform.stdout)!;
    const accesses = async (): Promise<string[]> => {
      const { stdout } = await runCommand("bash", ["-c", command!]);
      const { data } = JSON.parse(stdout) as {
        data: { me: { accessLog: { nodes: { agencyName: string; purposeText: string }[] } } };
      };
      return data.me.accessLog.nodes.map((node) => `${node.agencyName}: ${node.purposeText}`);
    };
    await expect
      .poll(accesses, { timeout: 30_000 })
      .toContain(
        "Public Service Portal Operator: Handling a citizen's request at a counter without asking her for papers that a register holds.",
      );
    expect(platform.stdout).toContain(`http://127.0.0.1:${port + 2}/checkpoint`);
  }, 60_000);

  test("truc token prints a token that the router takes, and one sentence when it cannot have one", async () => {
    const truc = join(ROOT, "infra/bin/truc.mjs");
    const asked = ["token", "--system", "land-office", "--data", folder.data];
    const granted = await runCommand(process.execPath, [
      truc,
      ...asked,
      "--purpose",
      "LAND_TRANSFER",
    ]);
    expect(granted).toMatchObject({ code: 0, stderr: "" });
    const { graphql } = await platformIn(folder.data);
    const response = await fetch(graphql, {
      method: "POST",
      headers: {
        authorization: `Bearer ${granted.stdout.trim()}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    expect(await response.json()).toMatchObject({ data: { __typename: "Query" } });
    const refused = await runCommand(process.execPath, [
      truc,
      ...asked,
      "--purpose",
      "CITIZEN_RECORDS",
    ]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^The authority refused the token .*no live grant.*\n$/);
  });

  test("nothing in the data folder can be read by anybody else", async () => {
    const open = (await modesUnder(folder.data)).filter(
      ([path, mode]) => !path.includes("/postgres/") && (mode & 0o077) !== 0,
    );
    expect((await stat(folder.data)).mode & 0o777).toBe(0o700);
    expect(open).toEqual([]);
  });

  test("a second start on the same folder is refused in one sentence", async () => {
    const second = new PlatformProcess([
      "--data",
      folder.data,
      "--port",
      String(await freePorts()),
    ]);
    expect(await second.ends()).toBe(1);
    expect(second.stderr).toBe(
      `The data folder ${folder.data} is in use by another start (process ${platform.child.pid}): ` +
        `stop that one, or choose another with --data.\n`,
    );
  });

  test("a second start on the same ports is refused in one sentence", async () => {
    const other = await dataFolder();
    const second = new PlatformProcess(["--data", other.data, "--port", String(port)]);
    expect(await second.ends()).toBe(1);
    expect(second.stderr).toBe(
      `Port ${port}, meant for the router, is in use: choose others with --port (it and its neighbours up to +14 are used).\n`,
    );
    await other.remove();
  });

  test("PostgreSQL that was killed comes back, and its data with it", async () => {
    const before = await postgresPid(folder.data);
    process.kill(before, "SIGKILL");
    await platform.shows("PostgreSQL ended by itself and is started again.");
    await expect
      .poll(async () => (await runCommand("bash", ["-c", printedCommand(platform.stdout)])).code, {
        timeout: 30_000,
      })
      .toBe(0);
    expect(await postgresPid(folder.data)).not.toBe(before);
  }, 60_000);

  test("SIGTERM ends everything with exit code 0, and leaves no process and no open port", async () => {
    const postgres = await postgresPid(folder.data);
    expect(await platform.signal("SIGTERM")).toBe(0);
    expect(platform.stderr).toBe("");
    expect(await isAlive(postgres)).toBe(false);
    for (const offset of [0, 1, 2, 8, 11, 12, 13, 14])
      expect(await isFree(port + offset)).toBe(true);
    await expect(platformIn(folder.data)).rejects.toThrow("ENOENT");
    await expect(stat(join(folder.data, "lock"))).rejects.toThrow("ENOENT");
  });

  test("another country in the same folder is refused in one sentence", async () => {
    const other = new PlatformProcess([
      "--citizens",
      "300",
      "--data",
      folder.data,
      "--port",
      String(port),
    ]);
    expect(await other.ends()).toBe(1);
    expect(other.stderr).toBe(
      `The data folder ${folder.data} holds 200 citizens of seed 7, not 300 of seed 1: leave these options out to use it, ` +
        `choose another folder with --data, or remove it.\n`,
    );
  });

  test("a further start uses the data that is there, and Ctrl-C ends it", async () => {
    platform = new PlatformProcess(["--data", folder.data, "--port", String(port)]);
    await platform.shows(READY);
    expect(platform.stdout).not.toContain("Filled the registers");
    expect(platform.stdout).toContain("200 synthetic citizens (seed 7)");
    expect((await runCommand("bash", ["-c", printedCommand(platform.stdout)])).code).toBe(0);
    // Under npm one Ctrl-C arrives twice, which is not yet the second one that forces the end; two alike might arrive as one.
    platform.child.kill("SIGINT");
    expect(await platform.signal("SIGTERM")).toBe(0);
    expect(platform.stdout).toContain("Stopping …");
  }, 60_000);
});
