/** What is used once only: proofs of possession by their `jti`, actor tokens by theirs. */
export type OnceKind = "dpop" | "actor";

/** What grants have so much of: requests, and the cost of operations. */
export type BudgetKind = "rate" | "cost";

/** How much may be taken of one thing within one window. */
export interface Allowance {
  /** Points a window, at least 1. */
  readonly limit: number;
  /** The window's length. It begins with the first point taken. */
  readonly seconds: number;
}

/** Whether points were taken, and if not, when the window ends. */
export type Taken = { readonly taken: true } | { readonly taken: false; readonly retryMs: number };

/**
 * What all routers of a platform must know together: what is left of a budget, and what has been used already. Kept in
 * Redis where there is one, in this process otherwise; tests/router/shared-state.test.ts holds both to one behaviour.
 */
export interface SharedState {
  /**
   * Takes points of an allowance, all or none of them: what is refused costs nothing.
   * @param allowance may differ from call to call; what was taken before counts against the new one
   * @returns at once where nobody else need be asked, otherwise a promise, which rejects with SharedStateLost
   */
  take(kind: BudgetKind, id: string, points: number, allowance: Allowance): Taken | Promise<Taken>;
  /**
   * Whether nobody has used this id within its lifetime; from now on somebody has.
   * @param seconds how long the id stays used: at least as long as what it names is believed
   * @param system who used it: no system may use so many that there is no room for another's
   * @throws SharedStateLost: whether it was used cannot be known, so the caller refuses
   */
  firstUse(kind: OnceKind, id: string, seconds: number, system: string): Promise<boolean>;
  /** Whether the state cannot be reached at the moment. */
  lost(): boolean;
  close(): Promise<void>;
}

/** The state cannot be reached, or cannot take anything more. */
export class SharedStateLost extends Error {
  override readonly name = "SharedStateLost";
}
