// @ts-check
/** The administration's API. In: a token, which stays in this tab. Out: answers as JSON, or an [`ApiError`]. */

const BASE = "/api/v1/admin";
const TOKEN = "stl-admin-token";

/** Why the server refuses. */
export class ApiError extends Error {
  /** @param {number} status 0 without an answer @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const storedToken = () => sessionStorage.getItem(TOKEN) ?? "";

/** @param {string} token empty to forget it */
export const keepToken = (token) => {
  if (token) sessionStorage.setItem(TOKEN, token);
  else sessionStorage.removeItem(TOKEN);
};

/** A path with parameters; those without a value are left out. @param {string} path @param {Record<string, string | number>} parameters */
export const withQuery = (path, parameters) => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== "") query.set(name, String(value));
  return query.size ? `${path}?${query}` : path;
};

export class Api {
  #token;

  /** @param {string} token @param {() => void} onRefused called when the token is not accepted any more */
  constructor(token, onRefused = () => {}) {
    this.#token = token;
    this.onRefused = onRefused;
  }

  /** @param {string} path @param {RequestInit & { headers?: Record<string, string> }} [init] @returns {Promise<Response>} */
  async #send(path, init = {}) {
    let response;
    try {
      const headers = { ...init.headers, authorization: `Bearer ${this.#token}` };
      const shared = { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(60_000) };
      response = await fetch(BASE + path, /** @type {RequestInit} */ ({ ...shared, ...init, headers }));
    } catch {
      throw new ApiError(0, "The server does not answer.");
    }
    if (response.ok) return response;
    if (response.status === 401) this.onRefused();
    const problem = await response.json().catch(() => ({}));
    throw new ApiError(response.status, problem.detail ?? `The server answered with HTTP ${response.status}.`);
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    return (await this.#send(path)).json();
  }

  /** The stored rules as they were written. @returns {Promise<string>} */
  async rules() {
    return (await this.#send("/rules", { headers: { accept: "application/toml" } })).text();
  }

  /** @param {string} text TOML @returns {Promise<any>} the report */
  async storeRules(text) {
    const init = { method: "PUT", headers: { "content-type": "application/toml" }, body: text };
    return (await this.#send("/rules", init)).json();
  }

  /** @param {string} path @param {FormData} form @returns {Promise<any>} */
  async post(path, form) {
    return (await this.#send(path, { method: "POST", body: form })).json();
  }
}
