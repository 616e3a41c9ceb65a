import pg from "pg";

/** What is said of a statement that was waited for in vain; its connection is good for nothing any more. */
export const READ_TIMEOUT = "Query read timeout";

/**
 * Sends a statement over a connection that nobody else uses meanwhile, and waits for its answer.
 *
 * The client's own promise and `query_timeout` assign a function, where it is written, to a property of the query. V8 makes such
 * functions among the old objects, for it takes them for methods; there they keep statement and answer in memory long after both
 * are done with (infra/docs/decisions/0046-nothing-old-in-a-request.md).
 * @param timeoutMs 0: no limit
 * @throws what the database says; an error {@link READ_TIMEOUT}
 */
export function askPostgres(
  client: pg.ClientBase,
  config: pg.QueryConfig,
  timeoutMs: number,
): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(READ_TIMEOUT));
    const timer = timeoutMs === 0 ? undefined : setTimeout(late, timeoutMs);
    const callback = (error: Error | undefined, result: pg.QueryResult): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(result);
    };
    client.query(new pg.Query({ ...config, callback } as pg.QueryConfig));
  });
}
