import { differentialTest } from "./differential.ts";

differentialTest({ batching: false, splicing: false });
