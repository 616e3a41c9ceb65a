import { ITEM_BYTES_HEADER } from "@truc/contracts";
import { expect, test } from "vitest";
import { raw } from "../../http/test-raw.ts";
import { clientsWith, fetchOf } from "./test-clients.ts";

const FIRST = '[{"data":{"n":1}},{"data":{"n":2}}]';
const HEAD = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n${ITEM_BYTES_HEADER}: 16,16\r\n\r\n`;

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** What two requests that travel together get. */
async function outcomes(text: string): Promise<PromiseSettledResult<unknown>["status"][]> {
  const { url } = await raw([(socket) => void socket.write(text)]);
  const clients = clientsWith({ batching: true });
  const fetches = ["a", "b"].map(
    async (query) => await clients.fetch("ships", fetchOf(url, query)),
  );
  return (await Promise.allSettled(fetches)).map(({ status }) => status);
}

test("a second array behind a batch's answer is nobody's", async () => {
  const second = FIRST.replaceAll('"n"', '"m"');
  const text = `${HEAD}${chunk(FIRST)}${chunk(second)}0\r\n\r\n`;
  expect(await outcomes(text)).toEqual(["rejected", "rejected"]);
});

test("white space behind it is nothing, in whichever piece it comes", async () => {
  for (const pieces of [chunk(`${FIRST}\n`), chunk(FIRST) + chunk("\n")])
    expect(await outcomes(`${HEAD}${pieces}0\r\n\r\n`)).toEqual(["fulfilled", "fulfilled"]);
});
