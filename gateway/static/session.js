"use strict";

// Signed in on this page: an access token that is always good, and a refresh token to get the next
// one with. Both are kept in memory alone, and end with the page.
class Session {
  // `send(path, body)` posts JSON and answers {status, body}; `now()` tells seconds.
  constructor(send, now = () => Date.now() / 1000) {
    this._send = send;
    this._now = now;
    this._forget();
  }

  get signedIn() {
    return this._refreshToken !== null;
  }

  // `more` is for an account with a second factor: `{code}`. Throws an Error with words for people,
  // and the problem document that it is about.
  async signIn(email, password, more = {}) {
    this._take(await this._ask("/v1/auth/login", { email, password, ...more }));
  }

  async signOut() {
    const token = this._refreshToken;
    this._forget();
    if (token !== null) await this._send("/v1/auth/logout", { refresh_token: token });
  }

  // The access token, a new one where it is about to expire; null for nobody signed in. A refresh
  // token is good once, so that all who ask at a time wait for the same answer.
  async token() {
    if (!this.signedIn) return null;
    if (this._now() < this._renewAt) return this._accessToken;
    if (this._renewing === null) {
      this._renewing = this._renew().finally(() => { this._renewing = null; });
    }
    await this._renewing;
    return this._accessToken;
  }

  async _renew() {
    try {
      this._take(await this._ask("/v1/auth/refresh", { refresh_token: this._refreshToken }));
    } catch (error) {
      if (error.status === 401) this._forget();
      throw error;
    }
  }

  async _ask(path, body) {
    const answer = await this._send(path, body);
    if (answer.status === 200) return answer.body;
    const problem = answer.body || {};
    const words = [problem.title, problem.detail].filter(Boolean).join(": ");
    throw Object.assign(new Error(words || "This did not work; try again."), {
      status: answer.status,
      problem,
    });
  }

  _take(tokens) {
    if (!tokens.access_token) throw new Error("Signing in takes one more step; use a client of the API.");
    this._accessToken = tokens.access_token;
    this._refreshToken = tokens.refresh_token;
    this._renewAt = this._now() + tokens.expires_in - 30;
  }

  _forget() {
    this._accessToken = null;
    this._refreshToken = null;
    this._renewAt = 0;
    this._renewing = null;
  }
}
