import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";

const require = createRequire(import.meta.url);
/** A file of an installed package that its exports do not name. */
const packaged = (name: string, file: string): string =>
  join(dirname(require.resolve(`${name}/package.json`)), file);
const own = (name: string): string =>
  fileURLToPath(new URL(`../graphiql/${name}`, import.meta.url));

/** Everything the page loads comes from this process: no other host is asked for anything. */
const FILES: Record<string, { path: () => string; type: string }> = {
  "page.js": { path: () => own("page.js"), type: "text/javascript" },
  "page.css": { path: () => own("page.css"), type: "text/css" },
  "graphiql.min.js": {
    path: () => packaged("graphiql", "graphiql.min.js"),
    type: "text/javascript",
  },
  "graphiql.min.css": { path: () => packaged("graphiql", "graphiql.min.css"), type: "text/css" },
  "react.production.min.js": {
    path: () => packaged("react", "umd/react.production.min.js"),
    type: "text/javascript",
  },
  "react-dom.production.min.js": {
    path: () => packaged("react-dom", "umd/react-dom.production.min.js"),
    type: "text/javascript",
  },
};

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // The editor sets styles on its elements.
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** The page a browser gets at the GraphQL address. */
export function graphiqlPage(): { headers: Record<string, string>; body: string } {
  return {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    },
    body: readFileSync(own("index.html"), "utf8"),
  };
}

/** Whether a GET comes from a browser's address bar rather than from a GraphQL client. */
export function wantsPage(accept: string | undefined, search: string): boolean {
  const sent = new URLSearchParams(search);
  const asks = sent.has("query") || sent.has("extensions");
  return (accept?.includes("text/html") ?? false) && !asks;
}

/** The page's own files, under /graphiql/. */
export function serveGraphiqlFiles(app: FastifyInstance): void {
  for (const [name, { path, type }] of Object.entries(FILES)) {
    app.get(`/graphiql/${name}`, async (_request, reply) => {
      return await reply
        .header("content-type", `${type}; charset=utf-8`)
        .header("cache-control", "public, max-age=3600")
        .header("x-content-type-options", "nosniff")
        .send(readFileSync(path()));
    });
  }
}
