import { FEED_PATH, FeedLine, type RegistrySnapshot, signFeedToken } from "@truc/contracts";
import type { TestAuthority } from "./test-authority.ts";

/** Reads the feed of a test's authority line by line. */
export class TestFeedReader {
  readonly response: Response;
  readonly #lines: AsyncGenerator<FeedLine>;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#lines = linesOf(response);
  }

  /** @param url where it answers, when it is not at its issuer */
  static async open(authority: TestAuthority, url = authority.issuer): Promise<TestFeedReader> {
    const abort = new AbortController();
    const response = await fetch(url + FEED_PATH, {
      headers: {
        authorization: `Bearer ${signFeedToken(authority.issuer, authority.feedSecrets)}`,
      },
      signal: abort.signal,
    });
    return new TestFeedReader(response, abort);
  }

  /** The next line. @throws when the stream has ended */
  async next(): Promise<FeedLine> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the feed has ended");
    return value;
  }

  /** The next snapshot, past signs of life. */
  async snapshot(): Promise<RegistrySnapshot> {
    for (;;) {
      const line = await this.next();
      if (line.kind === "snapshot") return line.snapshot;
    }
  }

  /** The next sign of life, past snapshots. */
  async alive(): Promise<number> {
    for (;;) {
      const line = await this.next();
      if (line.kind === "alive") return line.revision;
    }
  }

  /** Resolves when the stream ends, however it does. */
  async ended(): Promise<void> {
    for (;;) {
      try {
        await this.next();
      } catch {
        return;
      }
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

async function* linesOf(response: Response): AsyncGenerator<FeedLine> {
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield FeedLine.parse(JSON.parse(line));
  }
}
