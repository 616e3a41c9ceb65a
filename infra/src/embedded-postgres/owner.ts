import { closeSync, openSync } from "node:fs";

/** Who owns the data files and runs the server when the starting user is root, whom PostgreSQL refuses. */
export interface Owner {
  uid: number;
  gid: number;
}

const NOBODY: Owner = { uid: 65534, gid: 65534 };

/** Undefined for an ordinary user, who runs the server himself. */
export function ownerOfDataFiles(): Owner | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/**
 * How a child process reaches a folder. Another user may be unable to walk the path to it (a clone under /root, a data
 * folder closed to others), so the child gets the folder as an open descriptor and names it by that: nothing above it
 * has to be opened to anybody.
 */
export function handOver(folder: string, owner: Owner | undefined): HandedFolder {
  if (owner === undefined) return { path: folder, stdio: [], close: () => {} };
  const descriptor = openSync(folder, "r");
  return { path: "/proc/self/fd/3", stdio: [descriptor], close: () => closeSync(descriptor) };
}

export interface HandedFolder {
  /** The folder's path as the child sees it. */
  path: string;
  /** To be put after stdin, stdout and stderr in the child's `stdio`. */
  stdio: number[];
  close(): void;
}
