/**
 * Lines of a table for a terminal: columns as wide as their widest cell, two spaces between them, nothing after the
 * last.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell + " ".repeat(widths[column]! - widthOf(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Letters with marks count as one wherever they are composed. */
function widthOf(text: string): number {
  return text.normalize("NFC").length;
}
