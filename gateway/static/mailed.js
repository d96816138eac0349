"use strict";

// What links in mails are for. Each promise below fails with an Error that has words for people, and
// the problem document that it is about.
class Mailed {
  // `call(method, path, body, accessToken)` answers {status, body}.
  constructor(call) {
    this._call = call;
    this._session = new Session((path, body) => call("POST", path, body));
  }

  // The token of a link, null in none: of its query, or the last part of an invitation's path.
  static tokenOf({ pathname, search }) {
    const invited = pathname.match(/^\/invitations\/([^/]+)$/);
    return invited ? invited[1] : new URLSearchParams(search).get("token") || null;
  }

  async verify(token) {
    await this._ask("POST", "/v1/auth/verify-email", { token });
  }

  async askForReset(email) {
    return (await this._ask("POST", "/v1/auth/password-reset", { email })).message;
  }

  async reset(token, password, again) {
    if (password !== again) {
      const message = "These are two different passwords.";
      throw Object.assign(new Error(message), { problem: { errors: [{ field: "again", message }] } });
    }
    await this._ask("POST", "/v1/auth/password-reset/confirm", { token, password });
  }

  async invitation(token) {
    return this._ask("GET", invitation(token));
  }

  async decline(token) {
    await this._ask("POST", invitation(token, "/decline"));
  }

  // The session is for this alone, and ends with it. `more` is for an account with a second
  // factor: `{code}`; it is missing where the failure's `problem` says `second-factor-required`.
  async accept(token, email, password, more = {}) {
    await this._session.signIn(email, password, more);
    try {
      const bearer = await this._session.token();
      await this._ask("POST", invitation(token, "/accept"), undefined, bearer);
    } finally {
      await this._session.signOut().catch(() => null);
    }
  }

  async register(email, password, fullName) {
    await this._ask("POST", "/v1/auth/register", { email, password, full_name: fullName });
  }

  async _ask(method, path, body, bearer) {
    const answer = await this._call(method, path, body, bearer);
    if (answer.status < 300) return answer.body;
    const problem = answer.body || {};
    const words = [problem.title, problem.detail].filter(Boolean).join(": ");
    throw Object.assign(new Error(words || "This did not work; try again."), { problem });
  }
}

function invitation(token, verb = "") {
  return `/v1/invitations/${encodeURIComponent(token)}${verb}`;
}
