import { writeFileSync } from "node:fs";
import { renderErrors, renderSettings } from "./reference.ts";

writeFileSync(new URL("../../docs/errors.md", import.meta.url), renderErrors());
writeFileSync(new URL("../../docs/settings.md", import.meta.url), renderSettings());
