import { visit, type DocumentNode } from "graphql";

/** Whether any response key of a document, or field it selects, has the name of something that every object has. */
export function hasHostileNames(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name, alias }) {
      found ||= name.value in Object.prototype || (alias?.value ?? "") in Object.prototype;
    },
  });
  return found;
}
