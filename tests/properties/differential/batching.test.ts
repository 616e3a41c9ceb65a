import { differentialTest } from "./differential.ts";

differentialTest({ batching: true, splicing: false });
