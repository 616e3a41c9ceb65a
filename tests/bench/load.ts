import { readFileSync } from "node:fs";
import { Agent } from "undici";

/** Clock ticks a second in /proc/PID/stat. */
const TICKS = 100;

/** CPU a process and its threads have used so far, in microseconds, from the kernel's own accounting. */
export function cpuMicros(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e6;
}

interface Load {
  requests: number;
  connections: number;
}

/** Sends the same POST `requests` times over `connections` connections that stay open. @throws when one is not answered by 200 */
export async function send(
  address: string,
  { headers, body }: { headers: Record<string, string>; body: string },
  load: Load,
): Promise<void> {
  await sendEach(address, headers, () => body, load);
}

/** The same with a body of its own for every request. @throws when one is not answered by 200 */
export async function sendEach(
  address: string,
  headers: Record<string, string>,
  next: () => string,
  { requests, connections }: Load,
): Promise<void> {
  const { origin, pathname } = new URL(address);
  const agent = new Agent({ connections, pipelining: 1 });
  let left = requests;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { statusCode, body } = await agent.request({
        origin,
        path: pathname,
        method: "POST",
        headers,
        body: next(),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`it answered ${statusCode}: ${text.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
  await agent.close();
}
