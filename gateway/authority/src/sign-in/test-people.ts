import { readFile } from "node:fs/promises";
import { StartupError } from "@truc/service";
import * as z from "zod";

/** Personal identification numbers that no real person has. */
export const SyntheticPin = z
  .string()
  .regex(/^9\d{11}$/, "a synthetic number has 12 digits and begins with 9");

/** The people whom the test sign-in page offers; whom the registry does not know it lists all the same. */
export const TestPeople = z
  .array(
    z.strictObject({
      /** A person's id at the registry, or any other for a citizen, who is known by the pin. */
      id: z.string().min(1).max(36),
      name: z.string().min(1).max(200),
      /** For the reader of the page; what a person may do stands in the registry. */
      roles: z.array(z.string().max(100)).max(20),
      pin: SyntheticPin.optional(),
    }),
  )
  .max(200);
export type TestPeople = z.infer<typeof TestPeople>;

/** @throws StartupError when the file cannot be read or is not what it should be */
export async function readTestPeople(file: string | undefined): Promise<TestPeople> {
  if (file === undefined) return [];
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "it is not JSON";
    throw new StartupError(`The file of test people, ${file}, cannot be read (${reason}).`, {
      cause: error,
    });
  }
  const people = TestPeople.safeParse(content);
  if (people.success) return people.data;
  const [issue] = people.error.issues;
  throw new StartupError(
    `The file of test people, ${file}, is wrong at ${issue!.path.join(".")}: ${issue!.message}.`,
  );
}
