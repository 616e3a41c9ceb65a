import { escaped, page } from "./page.ts";
import type { TestPeople } from "./test-people.ts";

/** What a sign-in page is about. */
export interface SignInQuestion {
  /** The system that the person signs in through, and its agency. */
  system: string;
  agency: string;
  purpose: string;
  legalBasis: string;
  people: TestPeople;
  /** Where its forms are sent, and what they carry. */
  action: string;
  token: string;
  /** Why the last choice did not do. */
  alert?: string;
}

/** The page on which somebody chooses who to be. One form for each way to choose, so that each works by itself. */
export function signInPage(question: SignInQuestion): string {
  const { system, agency, purpose, legalBasis, alert } = question;
  return page(
    `Sign in for ${system}`,
    `<h1>Sign in for <span lang="vi">${escaped(system)}</span></h1>
<p>Whoever you choose is signed in for this one purpose. No password is asked for, as nobody here is real.</p>
<dl>
<dt>Agency</dt><dd lang="vi">${escaped(agency)}</dd>
<dt>Purpose</dt><dd>${escaped(purpose)}</dd>
<dt>Legal basis</dt><dd>${escaped(legalBasis)}</dd>
</dl>
${alert === undefined ? "" : `<p class="alert" role="alert">${escaped(alert)}</p>\n`}${peopleForm(question)}${pinForm(question)}${cancelForm(question)}`,
  );
}

function peopleForm(question: SignInQuestion): string {
  if (question.people.length === 0) return "";
  const items = question.people.map(
    ({ id, name, roles }) =>
      `<li><button class="person" type="submit" name="person" value="${escaped(id)}"><span class="name" lang="vi">${escaped(name)}</span> <span class="roles">${escaped(roles.join(", "))}</span></button></li>`,
  );
  return `<h2 id="people">Choose a person</h2>
${form(question, `<ul aria-labelledby="people">\n${items.join("\n")}\n</ul>`)}
`;
}

function pinForm(question: SignInQuestion): string {
  return `<h2>Or sign in as any synthetic citizen</h2>
${form(
  question,
  `<label for="pin">Personal identification number</label>
<p class="hint" id="pin-hint">12 digits, the first of which is 9: no real number begins so.</p>
<div class="row"><input id="pin" name="person" inputmode="numeric" autocomplete="off" required minlength="12" maxlength="12" pattern="9[0-9]{11}" title="12 digits, the first of which is 9" aria-describedby="pin-hint"><button class="primary" type="submit">Sign in</button></div>`,
)}
`;
}

function cancelForm(question: SignInQuestion): string {
  return form(
    question,
    `<button type="submit" name="cancel" value="yes">Do not sign in</button>`,
    "cancel",
  );
}

function form({ action, token }: SignInQuestion, content: string, className?: string): string {
  const classAttribute = className === undefined ? "" : ` class="${className}"`;
  return `<form method="post" action="${escaped(action)}"${classAttribute}>
<input type="hidden" name="token" value="${escaped(token)}">
${content}
</form>`;
}
