import { createHash } from "node:crypto";

const STYLE = `
:root { color-scheme: light; --ink: #1b2330; --soft: #566173; --line: #d5dbe4; --accent: #0b5cad; --warn: #7a3b00; }
* { box-sizing: border-box; }
body { margin: 0; background: #f3f5f8; color: var(--ink); font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
.banner { margin: 0; padding: .7rem 1.2rem; background: #ffe9c7; border-bottom: 2px solid #d9822b; color: var(--warn); font-weight: 600; text-align: center; }
main { max-width: 36rem; margin: 2.2rem auto; padding: 1.8rem; background: #fff; border: 1px solid var(--line); border-radius: .6rem; }
h1 { margin: 0 0 .6rem; font-size: 1.45rem; line-height: 1.25; }
h2 { margin: 1.8rem 0 .6rem; font-size: 1.05rem; }
p { margin: .4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0 0; padding: .9rem 1rem; background: #f3f5f8; border-radius: .4rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.alert { margin: 1rem 0; padding: .7rem 1rem; border-left: .3rem solid #b3261e; background: #fdecea; color: #7c1610; }
ul { list-style: none; margin: 0; padding: 0; }
li + li { margin-top: .5rem; }
button { font: inherit; cursor: pointer; border-radius: .4rem; border: 1px solid var(--line); background: #fff; color: inherit; padding: .6rem .9rem; }
button:hover { border-color: var(--accent); background: #f0f6fc; }
button:focus-visible, input:focus-visible { outline: 3px solid #7db4ea; outline-offset: 1px; }
.person { display: flex; flex-wrap: wrap; gap: .1rem .8rem; justify-content: space-between; align-items: baseline; width: 100%; text-align: left; }
.person .name { font-weight: 600; }
.person .roles, .hint { color: var(--soft); font-size: .9rem; }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
label { display: block; font-weight: 600; }
input { font: inherit; flex: 1 1 14rem; min-width: 0; padding: .6rem .8rem; border: 1px solid #8b97a8; border-radius: .4rem; letter-spacing: .06em; }
.primary { background: var(--accent); border-color: var(--accent); color: #fff; }
.primary:hover { background: #094a8b; }
.cancel { margin-top: 1.8rem; }
`;

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** Text or attribute value as HTML. */
export function escaped(text: string): string {
  return text.replaceAll(
    /[&<>"']/g,
    (character) =>
      ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[character]!,
  );
}

/**
 * A whole page of the sign-in: no scripts, nothing loaded from anywhere.
 * @param main HTML
 */
export function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<p class="banner" role="note">Test sign-in: synthetic people only</p>
<main>
${main}
</main>
</body>
</html>
`;
}

/** A page that says why a sign-in does not go on. @param sentence as it is to be read */
export function refusalPage(sentence: string): string {
  return page(
    "Sign-in not possible",
    `<h1>This sign-in cannot go on</h1>
<p class="alert" role="alert">${escaped(sentence)}</p>
<p>Go back to the application you came from and begin again.</p>`,
  );
}

/**
 * The headers of a page: it runs nothing, is shown in nobody's frame, is kept by nobody, and tells nobody where it was.
 * @param returnsTo the address a form's answer leads to in the end: browsers hold that against `form-action` too
 */
export function pageHeaders(returnsTo?: string): Record<string, string> {
  const formAction = returnsTo === undefined ? "'none'" : `'self' ${sourceOf(returnsTo)}`;
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

/** The origin of an address as a policy's source; IPv6 literals can be none, so there the scheme stands for it. */
function sourceOf(address: string): string {
  const { protocol, origin, hostname } = new URL(address);
  return hostname.startsWith("[") ? protocol : origin;
}
