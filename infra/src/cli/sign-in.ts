import { StartupError } from "@truc/service";

/** Where a sign-in of the command line returns to. Nobody listens there: the address itself holds the code. */
export const REDIRECT_URI = "http://127.0.0.1/signed-in";

/** Pages and redirects that a sign-in may take; more of them lead in a circle. */
const STEPS_MAX = 12;
const TIMEOUT_MS = 10_000;

/**
 * Plays a person's part in a sign-in over HTTP: opens the address, keeps cookies, follows redirects, and chooses the
 * person in the form of the test sign-in page.
 * @returns the address it ended at, which holds the code or the error (RFC 6749, section 4.1.2)
 * @throws StartupError when the page does not know the person or is no sign-in page
 */
export async function signInAs(person: string, address: URL): Promise<URL> {
  const cookies = new Cookies();
  const fields = { person };
  let request: { url: URL; body?: URLSearchParams } = { url: address };
  for (let step = 0; step < STEPS_MAX; step++) {
    const { url, body } = request;
    const response = await fetch(url, {
      ...(body !== undefined && { method: "POST", body }),
      headers: { accept: "text/html", cookie: cookies.for(url) },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    cookies.keep(response.headers.getSetCookie());
    const location = response.headers.get("location");
    if (location !== null) {
      await response.body?.cancel();
      const next = new URL(location, url);
      if (next.href.startsWith(`${REDIRECT_URI}?`)) return next;
      if (next.origin !== address.origin)
        throw new StartupError(`The sign-in leads to another address, ${next.origin}.`);
      request = { url: next };
      continue;
    }
    const page = await response.text();
    if (response.status >= 400) throw new StartupError(sentenceOf(page, response.status));
    request = formOn(page, url, fields);
  }
  throw new StartupError("The sign-in leads in a circle.");
}

/** The cookies of one authority: by path, as an interaction has its own. */
class Cookies {
  readonly #kept = new Map<string, { name: string; value: string; path: string }>();

  keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const equals = pair.indexOf("=");
      const name = pair.slice(0, equals);
      const value = pair.slice(equals + 1);
      const path = attributes.find((each) => /^path=/i.test(each))?.slice("path=".length) ?? "/";
      if (value === "") this.#kept.delete(`${path} ${name}`);
      else this.#kept.set(`${path} ${name}`, { name, value, path });
    }
  }

  for({ pathname }: URL): string {
    return [...this.#kept.values()]
      .filter(({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, "/")))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }
}

/** The page's form, filled in: its hidden fields as they are, and what is ours. */
function formOn(
  page: string,
  url: URL,
  ours: Record<string, string>,
): { url: URL; body: URLSearchParams } {
  const form = /<form\b[^>]*>[\s\S]*?<\/form>/i.exec(page)?.[0];
  if (form === undefined) throw new StartupError(`There is no sign-in page at ${url.origin}.`);
  const action = attribute(form, "action") ?? url.href;
  const hidden = [...form.matchAll(/<input\b[^>]*\btype="hidden"[^>]*>/gi)].map(
    ([input]): [string, string] => [
      attribute(input, "name") ?? "",
      attribute(input, "value") ?? "",
    ],
  );
  return {
    url: new URL(action, url),
    body: new URLSearchParams([...hidden, ...Object.entries(ours)]),
  };
}

/** An attribute of the first tag of a text. */
function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`^<[^>]*\\b${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return value === undefined ? undefined : plain(value);
}

/** HTML's text without its character references. */
function plain(html: string): string {
  return html
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** What a page that goes no further says, as JSON or to people. */
function sentenceOf(page: string, status: number): string {
  try {
    const { error, error_description: reason } = JSON.parse(page) as Record<string, unknown>;
    if (typeof error === "string")
      return `The authority refused the sign-in (${error}): ${typeof reason === "string" ? reason : "no reason given"}`;
  } catch {
    // It is a page for people.
  }
  const said = /role="alert">([^<]+)</.exec(page)?.[1];
  return `The authority refused the sign-in: ${said === undefined ? `HTTP ${status}.` : plain(said)}`;
}
