import { routerWith } from "@truc/router";
import { runService } from "@truc/service";

/** A router that puts nothing on record: what the others are compared with. */
await runService(routerWith({ store: "none" }));
