import { randomBytes } from "node:crypto";
import { StartupError } from "@truc/service";
import * as z from "zod";
import { readOrCreatePrivateFile } from "./private-file.ts";

/** 32 random bytes, base64url. */
const Secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** What the authority keeps secret besides its signing keys. */
export const Secrets = z.strictObject({
  /** Sign the cookies of a sign-in; the first signs, all verify. */
  cookieKeys: z.array(Secret).min(1),
});
export type Secrets = z.infer<typeof Secrets>;

/**
 * Reads the file of secrets, and makes it when there is none.
 * @throws StartupError when others can read it or it is broken
 */
export async function openSecrets(file: string): Promise<Secrets> {
  const content = await readOrCreatePrivateFile(file, "the authority's secrets", async () => ({
    cookieKeys: [secret()],
  }));
  const result = Secrets.safeParse(content);
  if (result.success) return result.data;
  throw new StartupError(
    `The file of the authority's secrets, ${file}, is broken: ${result.error.issues[0]!.path.join(".") || "its content"} is not what was written there.`,
  );
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}
