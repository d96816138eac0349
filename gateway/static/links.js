"use strict";

const token = Mailed.tokenOf(location);
const told = document.getElementById("told");
const form = (id) => document.getElementById(id);

const mailed = new Mailed(async (method, path, body, bearer) => {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
    });
  } catch {
    throw new Error("Warehouse can't be reached; check your connection and try again.");
  }
  return { status: answer.status, body: await answer.json().catch(() => null) };
});

function show(id) {
  const part = document.getElementById(id);
  part.hidden = false;
  document.title = `${part.dataset.title} – Warehouse`;
  document.getElementById("heading").textContent = part.dataset.title;
}

function tell(words, isWrong = false) {
  told.textContent = words;
  told.classList.toggle("wrong", isWrong);
}

// Nothing is left to do here.
function done(words) {
  for (const part of document.querySelectorAll("main > form, main > section")) part.hidden = true;
  tell(words);
  document.getElementById("heading").focus();
}

// `act(given)` with what was filled in, once at a time; what it fails with is told, and shown at its
// fields.
function on(id, act) {
  const fields = [...form(id).elements];
  form(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form(id)));
    for (const field of fields) {
      field.disabled = true;
      field.removeAttribute("aria-invalid");
    }
    tell("");
    let failure = null;
    try {
      await act(given);
    } catch (error) {
      failure = error;
    }
    for (const field of fields) field.disabled = false;
    if (failure !== null) complain(fields, failure);
  });
}

function complain(fields, { message, problem = {} }) {
  const about = new Map((problem.errors || []).map((error) => [error.field, error.message]));
  const named = fields.filter((field) => about.has(field.name));
  tell(named.map((field) => about.get(field.name)).join(" ") || message, true);
  for (const field of named) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", "told");
  }
  const missing = problem.code === "second-factor-required" && fields.find(({ name }) => name === "code");
  if (missing) missing.closest("label").hidden = false;
  const next = missing || named[0];
  if (next) next.focus();
}

on("verify", async () => {
  await mailed.verify(token);
  done("Done: your address is verified. You can close this page.");
});

on("ask", async ({ email }) => done(await mailed.askForReset(email)));

on("reset", async ({ password, again }) => {
  await mailed.reset(token, password, again);
  done("Done: sign in with your new password from now on. You can close this page.");
});

on("sign-in", async ({ email, password, code }) => {
  await mailed.accept(token, email, password, code.trim() ? { code: code.trim() } : {});
  accepted();
});

on("register", async ({ email, password, full_name: fullName }) => {
  await mailed.register(email, password, fullName);
  // There is an account from here on: what is left can be tried again above.
  form("register").closest("details").hidden = true;
  form("sign-in").elements.password.value = password;
  await mailed.accept(token, email, password);
  accepted();
});

on("decline", async () => {
  if (!confirm("Decline this invitation for good?")) return;
  await mailed.decline(token);
  done("You have declined the invitation. You can close this page.");
});

function accepted() {
  for (const id of ["sign-in", "register"]) form(id).reset();
  done("Done: you are a member now. Sign in where you use Warehouse to see the workspace.");
}

async function showInvitation() {
  document.getElementById("heading").textContent = "Invitation";
  try {
    const about = await mailed.invitation(token);
    const until = new Date(about.expires_at).toLocaleString();
    document.getElementById("about").textContent =
      `${about.inviter_name} invites ${about.email} to ${about.workspace_name}. ` +
      `You would be: ${about.role}. The invitation is good until ${until}.`;
    for (const id of ["sign-in", "register"]) form(id).elements.email.value = about.email;
    for (const id of ["sign-in", "register"]) form(id).elements.email.defaultValue = about.email;
    show("invitation");
  } catch (error) {
    tell(error.message, true);
  }
}

if (location.pathname.startsWith("/invitations/")) {
  showInvitation();
} else if (location.pathname === "/password-reset") {
  show(token === null ? "ask" : "reset");
} else if (token !== null) {
  show("verify");
} else {
  tell("This link is not whole: open it from the mail again.", true);
}
