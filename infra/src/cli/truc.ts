import { Command } from "commander";
import { auditGroup } from "./audit.ts";
import { explainCommand } from "./explain.ts";
import { grantsGroup } from "./grants.ts";
import { queryCommand } from "./query.ts";
import { endWithSentence, strict } from "./sentences.ts";
import { tokenCommand } from "./token.ts";

await strict(new Command("truc"))
  .description("Asks a platform that `npm start` runs on this machine, and administers it.")
  .addCommand(tokenCommand())
  .addCommand(queryCommand())
  .addCommand(explainCommand())
  .addCommand(grantsGroup())
  .addCommand(auditGroup())
  .parseAsync()
  .catch((error: unknown) => endWithSentence(error, { what: "The command" }));
