import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Clock ticks a second in /proc/PID/stat. */
const TICKS = 100;

export type Parents = ReadonlyMap<number, number>;

/**
 * CPU that a process and all that descend from it have used so far, microseconds. Those that have ended are in it: their
 * time went to the parent that waited for them.
 */
export function treeCpuMicros(root: number, parents: Parents = readParents()): number {
  return [...familyOf(root, parents)].reduce((sum, pid) => sum + ended(pid) + alive(pid), 0);
}

/** A process and all that descend from it. */
export function familyOf(root: number, parents: Parents = readParents()): ReadonlySet<number> {
  const family = new Set([root]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return family;
}

/** The most memory that a process has held since {@link forgetPeak}, MiB. */
export function peakRssMiB(pid: number): number {
  return mebibytes(pid, /^VmHWM:\s+(\d+) kB$/m);
}

/** The memory that a process holds now, MiB. */
export function rssMiB(pid: number): number {
  return mebibytes(pid, /^VmRSS:\s+(\d+) kB$/m);
}

function mebibytes(pid: number, line: RegExp): number {
  const [, kibibytes] = line.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kibibytes) / 1_024;
}

/** Lets the kernel measure the peak from now on. Where it may not, the peak is that of the process's whole life. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // another user's process, or a kernel without it
  }
}

/** The parent of every process there is, by its id: read once where several trees are added up. */
export function readParents(): Parents {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), Number(statOf(Number(pid))[1])]));
}

/**
 * CPU of one process while it lives, microseconds: the time that the kernel's scheduler gave to each of its threads,
 * exact to the nanosecond where /proc/PID/stat counts hundredths of seconds. Threads that have ended are not in it; Node
 * and PostgreSQL keep theirs.
 */
function threadsCpuMicros(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ran] = read(`/proc/${pid}/task/${thread}/schedstat`).split(" ");
    return sum + Number(ran ?? 0) / 1_000;
  }, 0);
}

/** CPU of children that have ended and were waited for, with theirs: cutime and cstime. */
function ended(pid: number): number {
  const fields = statOf(pid);
  return ((Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS) * 1e6;
}

function alive(pid: number): number {
  try {
    return threadsCpuMicros(pid);
  } catch {
    return 0; // it ended while we looked
  }
}

/** The fields of /proc/PID/stat from the state on; none for a process that is gone. */
function statOf(pid: number): string[] {
  const text = read(`/proc/${pid}/stat`).replace(/^.*\) /s, "");
  return text === "" ? [] : text.split(" ");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
