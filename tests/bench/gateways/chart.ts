import type { GatewayRow, Scenario } from "./gateway-row.ts";
import { GATEWAYS, type Gateway } from "./party.ts";

const NAMES: Readonly<Record<Gateway, string>> = {
  truc: "Truc",
  "apollo-gateway": "Apollo Gateway",
  "hive-rust": "Hive Gateway (Rust planner)",
  mercurius: "Mercurius (JIT)",
  merge: "hand-written merge",
  "merge-batched": "the same, batching",
};
const OPERATIONS: Readonly<Record<string, string>> = {
  op1: "one citizen, one register",
  op2: "one citizen, four registers",
  op3: "fifty citizens, four registers",
};
const OWN = "#0f766e";
const PEER = "#64748b";
const LIMIT = "#cbd5e1";

const WIDTH = 860;
const LABEL = 216;
const LONGEST = WIDTH - LABEL - 110;
const LINE = 22;

interface Section {
  readonly scenario: Scenario;
  readonly title: string;
  readonly figure: (row: GatewayRow) => number;
}

const SECTIONS: readonly Section[] = [
  {
    scenario: "stub",
    title: "CPU of the gateway, over cheap registers",
    figure: ({ cpuMicrosPerRequest }) => cpuMicrosPerRequest,
  },
  {
    scenario: "postgres",
    title: "CPU of all processes with databases and audit, over registers on PostgreSQL",
    figure: ({ totalCpuMicrosPerRequest }) => totalCpuMicrosPerRequest,
  },
];

/** The rows as bars, each operation on a scale of its own. @param caption machine and versions, a line each */
export function chartOf(rows: readonly GatewayRow[], caption: readonly string[]): string {
  const parts: string[] = [];
  let y = 34;
  for (const { scenario, title, figure } of SECTIONS) {
    parts.push(text(16, y, `${title}: µs a request, less is better`, "bold"));
    y += 10;
    for (const [operation, meaning] of Object.entries(OPERATIONS)) {
      const here = rows
        .filter((row) => row.scenario === scenario && row.operation === operation)
        .toSorted((a, b) => GATEWAYS.indexOf(a.gateway) - GATEWAYS.indexOf(b.gateway));
      if (here.length === 0) continue;
      y += LINE;
      parts.push(text(16, y, `${operation}: ${meaning}`, "muted"));
      const most = Math.max(...here.map(figure));
      for (const row of here) {
        y += LINE;
        parts.push(...bar(y, row.gateway, figure(row), most));
      }
      y += 8;
    }
    y += LINE * 1.5;
  }
  for (const line of caption) {
    parts.push(text(16, y, line, "muted"));
    y += 18;
  }
  return `${frame(y + 6, parts)}\n`;
}

function bar(y: number, gateway: Gateway, value: number, most: number): string[] {
  const length = Math.max(1, (value / most) * LONGEST).toFixed(1);
  const colour = gateway === "truc" ? OWN : gateway.startsWith("merge") ? LIMIT : PEER;
  const end = LABEL + Number(length) + 8;
  return [
    text(LABEL - 8, y, NAMES[gateway], gateway === "truc" ? "name bold" : "name"),
    `<rect x="${LABEL}" y="${y - 12}" width="${length}" height="15" rx="2" fill="${colour}"/>`,
    text(end, y, Math.round(value).toLocaleString("en"), "value"),
  ];
}

function text(x: number, y: number, content: string, kind: string): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" class="${kind}">${safe}</text>`;
}

function frame(height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="CPU a request, gateway by gateway">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#0f172a}.bold{font-weight:600}.muted{fill:#475569;font-size:12px}.name{text-anchor:end}</style>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}
