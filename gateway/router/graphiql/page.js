/* global React, ReactDOM, GraphiQL */
// The page of GraphiQL: every request carries the token of the field at the top, which stays in this tab only.
const tokenField = document.getElementById("token");
const status = document.getElementById("status");
const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const firstQuery = `# Welcome. Paste an access token above, then run this query: it lists what can be asked.
query Start {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`;

async function fetcher(parameters) {
  const token = sessionStorage.getItem("token") ?? "";
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(parameters),
  });
  const answer = await response.json();
  const [error] = answer.errors ?? [];
  status.textContent =
    response.ok || error === undefined
      ? `Answered ${response.status}.`
      : `${response.status}: ${error.message}`;
  return answer;
}

let mounts = 0;
function mount() {
  // A new key mounts GraphiQL afresh, so that it reads the schema again under the new token. Without a token there is
  // none to read: null says so, and spares a question that would be refused.
  mounts += 1;
  const schema = sessionStorage.getItem("token") ? undefined : null;
  root.render(
    React.createElement(GraphiQL, {
      key: mounts,
      fetcher,
      schema,
      defaultQuery: firstQuery,
      isHeadersEditorEnabled: false,
    }),
  );
}

document.getElementById("access").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", tokenField.value.trim().replace(/^Bearer\s+/i, ""));
  mount();
});

tokenField.value = sessionStorage.getItem("token") ?? "";
mount();
