import { type PermitSecrets, signAuditToken } from "@truc/contracts";
import { createLog, startHttp } from "@truc/service";
import { expect, it } from "vitest";
import { addMonthKeysAddress } from "./month-keys-address.ts";

const secrets: PermitSecrets = { keys: [{ kid: "audit-1", secret: "s".repeat(43) }] };

it.each([
  ["2026-11-22T10:00:00Z", ["2026-11", "2026-12", "2027-01"]],
  ["2026-12-31T23:59:59.999Z", ["2026-12", "2027-01", "2027-02"]],
  ["2027-01-01T00:00:00Z", ["2027-01", "2027-02", "2027-03"]],
  // The 31st: a month later there is none in the next month.
  ["2027-01-31T12:00:00Z", ["2027-01", "2027-02", "2027-03"]],
])("at %s the months are %j", async (moment, months) => {
  const log = createLog({ name: "audit", level: "silent" });
  const http = await startHttp({
    port: 0,
    host: "127.0.0.1",
    log,
    routes: (app) =>
      addMonthKeysAddress(app, {
        root: Buffer.alloc(32),
        origin: () => "https://audit.example",
        secrets: () => secrets,
        log,
        now: () => Date.parse(moment),
      }),
  });
  try {
    const token = signAuditToken("https://audit.example", secrets);
    const response = await fetch(`${http.url}/private/month-keys`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const answer = (await response.json()) as { months: { month: string }[] };
    expect(answer.months.map(({ month }) => month)).toEqual(months);
  } finally {
    await http.stop();
  }
});
