/** What a request's whole life needs to know of the HTTP message that began it. */
export interface IncomingRequest {
  readonly requestId: string;
  /** When it arrived. */
  readonly arrived: Date;
  /** Network address of who sent it: the caller, or the last proxy on the way. */
  readonly sender: string;
  readonly method: string;
  /** Which of the router's addresses it was sent to. */
  readonly address: "graphql" | "explain";
  /** Query string with its `?`, or empty. */
  readonly search: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Every Authorization header as it came: Node keeps only the first of several. */
  readonly authorization: readonly string[];
  /** Every DPoP header as it came: Node joins several into one. */
  readonly proofs: readonly string[];
  /** The parsed JSON body of a POST. */
  readonly body: unknown;
  /** The same as it was sent, byte for byte; kept only where the router gives receipts. */
  readonly sent: Uint8Array | undefined;
  /** W3C Trace Context to pass on. */
  readonly trace: Readonly<Record<string, string>>;
  /** Calls `told` once if the caller's connection closes before the answer is sent; at once where it has. */
  readonly onLeft: (told: () => void) => void;
}

/** An HTTP answer, complete. */
export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
