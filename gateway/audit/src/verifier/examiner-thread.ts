import { parentPort, workerData } from "node:worker_threads";
import { Examiner, type Stretch } from "./examine.ts";

/** What a thread is told: to examine a stretch, or (undefined) to say which contexts were pointed to. */
export interface ThreadRequest {
  readonly number: number;
  readonly stretch: Stretch | undefined;
}

const examiner = new Examiner(workerData as ConstructorParameters<typeof Examiner>[0]);

parentPort!.on("message", ({ number, stretch }: ThreadRequest) => {
  const answer = stretch === undefined ? examiner.check.used : examiner.examine(stretch);
  parentPort!.postMessage({ number, answer });
});
