// Before `npm start` and `npm test`: installs what the lock file lists and node_modules lacks, and says nothing when
// there is nothing to do. Plain JavaScript on purpose: it runs on the machine's own Node.js, before anything is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first version that runs the sources as they are (type stripping, `import.meta.main`). */
const NEEDED = [24, 2];

const root = fileURLToPath(new URL("..", import.meta.url));
/** Holds the hash of the lock file that was installed here. npm ci removes it with everything else. */
const stamp = join(root, "node_modules", ".truc-installed");

if (!isInstalled()) install();
refuseOldNode();

/**
 * Where the stamp is not there, somebody may have called npm himself: it leaves a lock file of what it really
 * installed in node_modules, as its last step, and comparing the two tells whether everything is there.
 */
function isInstalled() {
  if (readText(stamp) === lockHash()) return true;
  const wanted = packagesOf("package-lock.json");
  const present = packagesOf(join("node_modules", ".package-lock.json"));
  if (wanted === null || present === null) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional, link }]) => {
    if (path === "" || link) return true;
    const found = present[path];
    // What is optional was left out for another platform's sake; in another version it is stale all the same.
    if (found === undefined) return optional === true || !path.includes("node_modules/");
    return found.version === version && found.integrity === integrity;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return null;
  }
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function install() {
  console.error("Installing the packages of package-lock.json (npm ci), about half a minute …");
  const npm = process.env.npm_execpath;
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error, stderr } = npm
    ? spawnSync(process.execPath, [npm, ...options], { cwd: root, encoding: "utf8" })
    : spawnSync("npm", options, {
        cwd: root,
        encoding: "utf8",
        shell: process.platform === "win32",
      });
  if (status === 0) {
    writeFileSync(stamp, lockHash());
    return;
  }
  const lines = (stderr ?? "")
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim());
  const code = lines.find((line) => line.startsWith("code "))?.slice(5);
  const said = lines.find(
    (line) => line !== "" && !/^(code|errno|syscall|path|dest|network$)\b/.test(line),
  );
  const reason = error?.message ?? [code, said].filter(Boolean).join(": ");
  console.error(
    `The packages could not be installed, npm ci ended with: ${reason || `exit code ${status}`}`,
  );
  process.exit(1);
}

/** The lock file brings a Node.js of its own where its publisher makes one for this platform. */
function refuseOldNode() {
  const bundled = existsSync(
    join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node"),
  );
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (bundled || major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  console.error(
    `No Node.js comes with the packages for ${process.platform}-${process.arch}, and this one is ` +
      `${process.versions.node}: install Node.js ${NEEDED.join(".")} or newer.`,
  );
  process.exit(1);
}
