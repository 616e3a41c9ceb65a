/**
 * A process cannot start, and one sentence says why: the only thing its user is shown. Thrown for what the user can
 * put right (a port in use, a missing setting, an unwritable directory, a database that does not answer); runService
 * prints the message and exits with 1.
 */
export class StartupError extends Error {
  override readonly name = "StartupError";
}
