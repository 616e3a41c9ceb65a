import { Command } from "commander";
import { decideCommand } from "./grants/decide.ts";
import { endCommand } from "./grants/end.ts";
import { listCommand, showCommand } from "./grants/list.ts";
import { requestCommand } from "./grants/request.ts";
import { withdrawCommand } from "./grants/withdraw.ts";
import { strict } from "./sentences.ts";

/** `truc grants`: what systems are allowed, asked for by agencies and decided by owners. */
export function grantsGroup(): Command {
  return strict(new Command("grants"))
    .description("lists, asks for, decides on and ends grants")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(requestCommand())
    .addCommand(withdrawCommand())
    .addCommand(decideCommand("approve"))
    .addCommand(decideCommand("reject"))
    .addCommand(endCommand("suspend"))
    .addCommand(endCommand("resume"))
    .addCommand(endCommand("revoke"));
}
