"use strict";

const session = new Session(async (path, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    credentials: "omit",
  });
  return { status: answer.status, body: await answer.json().catch(() => null) };
});

// An operation goes out with the session's token, unless one was given by hand ("Authorize").
async function authorized(request) {
  const own = new URL(request.url, location.href).origin === location.origin;
  if (own && !request.loadSpec && !request.headers.Authorization) {
    const token = await session.token().catch(() => null);
    if (token !== null) request.headers.Authorization = `Bearer ${token}`;
    show();
  }
  return request;
}

const form = document.getElementById("sign-in");
const codeField = document.getElementById("code");
const told = document.getElementById("told");
const workspaces = document.getElementById("workspaces");

function show(words = "") {
  for (const field of form.elements) field.disabled = false;
  form.hidden = session.signedIn;
  document.getElementById("signed-in").hidden = !session.signedIn;
  told.textContent = words;
}

// Their ids are what most operations ask for.
async function listWorkspaces() {
  const answer = await fetch("/v1/workspaces", {
    headers: { authorization: `Bearer ${await session.token()}` },
    credentials: "omit",
  });
  const page = answer.ok ? await answer.json() : { items: [] };
  workspaces.replaceChildren(...page.items.map((workspace) => {
    const line = document.createElement("li");
    const id = document.createElement("code");
    id.textContent = workspace.id;
    line.append(`${workspace.name} (${workspace.role}) `, id);
    return line;
  }));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(form);
  for (const field of form.elements) field.disabled = true;
  try {
    const code = given.get("code").trim();
    await session.signIn(given.get("email"), given.get("password"), code ? { code } : {});
    form.reset();
    codeField.hidden = true;
    show();
    await listWorkspaces();
  } catch (error) {
    if (error.problem && error.problem.code === "second-factor-required") codeField.hidden = false;
    show(error.message);
  }
});

document.getElementById("sign-out").addEventListener("click", async () => {
  await session.signOut().catch(() => null);
  workspaces.replaceChildren();
  show("Signed out.");
});

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  requestInterceptor: authorized,
  // Tokens live as long as the page does, and nobody else validates the document.
  persistAuthorization: false,
  validatorUrl: null,
});
