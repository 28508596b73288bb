// Routes with middleware of the engine, and options that it refuses.
import { setTimeout as sleep } from "node:timers/promises";
import { App, bytes, middleware as mw, stream, text, TrivetError, type Request } from "trivet";
import { lines } from "./streams.js";

const USERS = { ann: "pass:word" };

function who(request: Request<unknown>): unknown {
  const { principal } = request;
  const attribute = (name: string): string | null => request.attribute(name) ?? null;
  return {
    request_id: request.requestId ?? null,
    traceparent: attribute("traceparent"),
    parent_id: attribute("parent_id"),
    trace_state: attribute("trace_state"),
    nonce: request.nonce ?? null,
    principal:
      principal === undefined
        ? null
        : {
            scheme: principal.scheme,
            subject: principal.subject,
            scope: principal.scopes.join(" "),
            claims: principal.claims,
          },
  };
}

const data = (): string => "data";

export function addMiddleware(app: App): void {
  addHeaders(app);
  addCors(app);
  addSchemes(app);
  addAny(app);
}

function addHeaders(app: App): void {
  const group = app.group("/mw");
  group.use(
    mw.requestId({ trust: true }),
    mw.traceContext({ sampled: true, response: true }),
    mw.securityHeaders({
      csp: { "default-src": "'self'", "script-src": ["'self'", "'nonce'"] },
      frame: "sameorigin",
      permissions: { camera: [] },
      hsts: 31_536_000,
      hstsSubdomains: true,
    }),
  );
  group.get("/who", who);
  group.get("/own", () => text("own", { headers: { "x-frame-options": "DENY" } }));
  group.get("/boom", () => {
    throw new Error("boom");
  });
  group.get("/pieces/{n:int}", ({ params }) =>
    stream(lines(params.n), { trailers: { "x-pieces": String(params.n) } }),
  );
  const plain = mw.securityHeaders({ frame: "off", referrer: "no-referrer" });
  group.get("/plain", { middleware: plain }, data);
  group.post("/body", { middleware: mw.bodyLimit(8) }, ({ body }) => bytes(body));
  group.get("/late", { middleware: [mw.timeout(100)] }, async ({ signal }) => {
    await sleep(60_000, undefined, { signal });
    return "slept";
  });
}

function addCors(app: App): void {
  const listed = app.group("/cors");
  listed.use(
    mw.cors({
      origins: ["https://app.example.com", "https://*.example.org"],
      headers: ["Content-Type", "X-Token"],
      expose: ["X-Request-Id"],
      credentials: true,
      maxAge: 600,
    }),
  );
  listed.route(["GET", "PUT"], "/data", data);
  listed.get("/guarded", { middleware: mw.bearer("alpha-token") }, data);
  const open = app.group("/open");
  open.use(mw.cors({ origins: "*", methods: ["GET", "DELETE"], headers: ["*"] }));
  open.get("/data", data);
}

function addSchemes(app: App): void {
  const bearer = app.group("/bearer");
  const alice = { subject: "alice", scopes: ["read", "write"], claims: { role: "admin" } };
  bearer.use(mw.bearer({ "alpha-token": alice, "beta-token": "bob" }, { realm: "api" }));
  bearer.get("/who", who);
  bearer.post("/body", ({ body }) => bytes(body));
  bearer.get("/scoped", { middleware: mw.require({ scopes: ["write"] }) }, data);
  bearer.get("/claimed", { middleware: mw.require({ claims: { role: "admin" } }) }, data);
  app.get("/bearer-not/who", who);
  const key = app.group("/key");
  const keys = [1, 2, 3, 4, 5, 6].map((n) => [`key-${String(n)}`, `client-${String(n)}`]);
  key.use(mw.apiKey(Object.fromEntries(keys) as Record<string, string>, { query: "key" }));
  key.get("/who", who);
  const basic = app.group("/basic");
  basic.use(mw.basic(USERS));
  basic.get("/who", who);
}

function addAny(app: App): void {
  const group = app.group("/any");
  group.use(
    mw.bearer("alpha-token", { optional: true }),
    mw.apiKey("key-1", { optional: true }),
    mw.basic(USERS, { optional: true }),
  );
  group.get("/maybe", who);
  group.get("/who", { middleware: mw.require() }, who);
  group.get("/basic", { middleware: mw.require({ schemes: ["basic"] }) }, who);
}

/** Options that must be refused, on an app that nobody serves. */
export function middlewareErrors(): unknown {
  const wrong: Record<string, () => mw.Middleware> = {
    origin: () => mw.cors({ origins: "https://app.example.com/" }),
    any: () => mw.cors({ origins: "*", credentials: true }),
    token: () => mw.bearer("two words"),
    twice: () => mw.bearer(["same", "same"]),
    missing: () => mw.bearer([]),
    csp: () => mw.securityHeaders({ csp: { "script-src": "self" } }),
    coding: () => mw.compress({ codings: ["deflate" as "gzip"] }),
    level: () => mw.compress({ brLevel: 11 }),
    tag: () => mw.etag({ maxBytes: -1 }),
  };
  const app = new App();
  return Object.fromEntries(
    Object.entries(wrong).map(([name, make]) => {
      try {
        app.use(make());
        return [name, null];
      } catch (error) {
        const { code, detail } = error as TrivetError;
        return [name, code === "ERR_TRIVET_ARGUMENT" ? detail : code];
      }
    }),
  );
}
