// Operations of the app: what was tried at its start, its URLs, routes and configuration.
import { TrivetError, type App, type Request } from "trivet";
import { configOf, PROFILE } from "trivet/lowlevel";

export type Operation = (request: Request<unknown>, app: App) => unknown;

const PROFILES = {
  [PROFILE.DEFAULT]: "default",
  [PROFILE.LOW_MEMORY]: "low-memory",
  [PROFILE.HIGH_THROUGHPUT]: "high-throughput",
} as Readonly<Record<number, string>>;

export const nothing = (): undefined => undefined;

/** Name of the status that a call fails with. */
export function nameOf(call: () => unknown): string {
  try {
    call();
    return "TRIVET_OK";
  } catch (error) {
    if (error instanceof TrivetError) return error.statusName;
    throw error;
  }
}

const refusals: Record<string, unknown> = {};
const conflicts: Record<string, unknown> = {};
const badSchemas: Record<string, unknown> = {};
let config: unknown;
let started = 0;

/** What must be tried before the first loop. */
export function prepare(app: App): void {
  app.onStartup(() => (started += 1));
  Object.assign(refusals, {
    conflict: nameOf(() => app.get("/hello", nothing)),
    pattern: nameOf(() => app.get("/x/{", nothing)),
  });
  const fromGroup = (): unknown => app.group("/hello").get("", nothing);
  Object.assign(badSchemas, {
    malformed: nameOf(() => app.post("/x", { bodySchema: '{"type":' }, nothing)),
    unsupported: nameOf(() => app.post("/x", { bodySchema: { format: "duration" } }, nothing)),
    streamed: nameOf(() => app.post("/x", { bodySchema: "{}", stream: true }, nothing)),
  });
  Object.assign(conflicts, {
    name: nameOf(() => app.get("/x/name", { name: "leaf" }, nothing)),
    group: nameOf(fromGroup),
    host: nameOf(() => app.get("/x/host", { host: "bad host" }, nothing)),
    regex: nameOf(() => app.get("/x/{c:regex(()}", nothing)),
    path: nameOf(() => app.get("/x/{rest:path}/y", nothing)),
    sites: (detailOf(fromGroup).match(/\b\w+\.js:\d+/g) ?? []).length === 2,
  });
  const { workers, threads, profile, bufferCount, bufferBytes, host, port } = configOf(app);
  config = {
    workers,
    threads,
    profile: PROFILES[profile],
    buffer_count: bufferCount,
    buffer_bytes: bufferBytes,
    host,
    port,
  };
}

function detailOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof TrivetError) return error.detail;
  }
  return "";
}

/** /ops/url?name=N&p:<param>=V…&q:<name>=V… */
function buildUrl({ queryText, urlFor }: Request<unknown>): unknown {
  const given = [...new URLSearchParams(queryText)];
  const of = (prefix: string): [string, string][] =>
    given
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]);
  const name = given.find(([key]) => key === "name")?.[1] ?? "";
  let url = "";
  const error = nameOf(() => (url = urlFor(name, Object.fromEntries(of("p:")), of("q:"))));
  return error === "TRIVET_OK" ? { url } : { error };
}

export const APP_OPERATIONS: Readonly<Record<string, Operation>> = {
  url: buildUrl,
  routes: (_request, app) => {
    const names = app.routes().map(({ name }) => name);
    return { count: names.length, names: names.filter((name) => name !== "").sort() };
  },
  openapi: (_request, app) => app.openapi(),
  lifecycle: () => ({ started }),
  // Node runs JavaScript on the main thread, whose number is the process's.
  worker: (_request, { worker }) => ({
    pid: process.pid,
    slot: worker?.slot ?? null,
    workers: worker?.workers ?? null,
    thread: process.pid,
  }),
  config: () => config,
  setting: ({ query }, app) => {
    const found = app.settings().find(({ key }) => key === query["key"]);
    if (found === undefined) return { error: "TRIVET_E_NOT_FOUND" };
    const { variable, value, default: initial, place, allowed, help, source } = found;
    return { variable, value, default: initial, place, allowed, help, source };
  },
  variables: (_request, app) => app.variables(),
  bad_schema: () => badSchemas,
  group_conflict: () => conflicts,
  conflict: (_request, app) => ({
    ...refusals,
    late: nameOf(() => app.get("/late", nothing)),
  }),
};
