// GET /ops/{name}: one operation of the interface each.
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import {
  bytes,
  empty,
  html,
  json,
  problem,
  redirect,
  Reply,
  text,
  xml,
  type App,
  type LogLevel,
  type Request,
} from "trivet";
import {
  abiVersion,
  CONTENT,
  findCookie,
  findQuery,
  handleOf,
  Loop,
  POST,
  reply,
  statusName,
  version,
  WATCH,
} from "trivet/lowlevel";
import { APP_OPERATIONS, nameOf, nothing, type Operation } from "./app_ops.js";
import { deleteCookie, setCookie } from "./cookies.js";
import { staticErrors } from "./files.js";
import { middlewareErrors } from "./middleware.js";
import { encodeEvent, hubCalls } from "./events.js";
import { streamOrder } from "./streams.js";
import { tryAdvance, tryInject } from "./trial.js";

const STATES = ["", "serving", "draining", "drained"];

/** What one request leaves for a later one to report. */
const results = new Map<string, string>();
let kept: Request<unknown> | undefined;

const wanted = (request: Request<unknown>): string => findQuery(request, "name") ?? "";

/** The handle in another thread: only numbers cross, and the engine refuses to answer there. */
async function fromAnotherThread(request: Request<unknown>): Promise<unknown> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(({ reply }) => {
      try {
        reply.text(workerData.handle, 200, 'wrong thread')
        parentPort.postMessage('TRIVET_OK')
      } catch (error) {
        parentPort.postMessage(error.statusName ?? String(error))
      }
    })`;
  const module = import.meta.resolve("trivet/lowlevel");
  const worker = new Worker(code, {
    eval: true,
    workerData: { module, handle: handleOf(request) },
  });
  const error = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  return { error };
}

/** Watches a pipe and writes to it. Node makes none itself: a FIFO open both ways is one. */
function watchPipe(request: Request<unknown>): Promise<string> {
  const loop = Loop.of(request);
  const folder = mkdtempSync(join(tmpdir(), "trivet-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  rmSync(folder, { recursive: true });
  return new Promise((resolve) => {
    loop.watch(fd, WATCH.READ, () => {
      const count = readSync(fd, Buffer.alloc(1));
      loop.watch(fd, 0);
      closeSync(fd);
      resolve(count === 1 ? "ready" : "nothing to read");
    });
    writeSync(fd, "x");
  });
}

/** One trivet_reply_record with its content. */
function packText(request: Request<unknown>, content: string): Uint8Array {
  const body = Buffer.from(content);
  const record = Buffer.alloc(48 + Math.ceil(body.length / 8) * 8);
  record.writeBigUInt64LE(handleOf(request), 0);
  record.writeUInt32LE(POST.REPLY, 8);
  record.writeUInt32LE(200, 12);
  record.writeUInt32LE(CONTENT.TEXT, 16);
  record.writeBigUInt64LE(BigInt(body.length), 32);
  body.copy(record, 48);
  return record;
}

/** counters_total, as the ABI writes what the SDK calls countersTotal. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...APP_OPERATIONS,
  query: ({ queryAll }) => queryAll,
  query_one: (request) => ({ value: findQuery(request, wanted(request)) ?? null }),
  cookies: ({ cookies }) => cookies,
  cookie_one: (request) => ({ value: findCookie(request, wanted(request)) ?? null }),
  header_one: (request) => ({ value: request.headers.get(wanted(request)) ?? null }),
  text: () => text("text ü"),
  html: () => html("<p>html ü</p>"),
  xml: () => xml("<a>ü</a>"),
  json: () => json({ ok: true, n: 1.5, s: 'ü"\\\n' }),
  bytes: () => bytes(Uint8Array.of(0, 1, 2, 255)),
  empty: () => empty(),
  redirect: () => redirect("/hello"),
  problem: () => problem(418, "short and stout"),
  headers: () =>
    new Reply("ok", {
      status: 201,
      headers: { "X-One": "1", "X-Two": "a, b", "Set-Cookie": ["a=1", "b=2"] },
    }),
  bad_header: (request) => ({
    error: nameOf(() => {
      reply.send(request, 200, CONTENT.TEXT, [["X-Split", "a\r\nX-Injected: b"]], "ok");
    }),
  }),
  double: (request) => {
    reply.text(request, 200, "first");
    results.set(
      "double",
      nameOf(() => {
        reply.text(request, 200, "second");
      }),
    );
  },
  double_result: () => ({ error: results.get("double") }),
  stale: (request) => {
    kept = request;
    return "kept";
  },
  stale_result: () => ({ error: nameOf(() => kept?.headers.get("Host")) }),
  thread: fromAnotherThread,
  unserialisable: () => nothing,
  info: (request) => {
    const { engine, engineReason, state, isSecured, hasKernelTls } = Loop.of(request).info();
    return {
      engine,
      reason: engineReason,
      state: STATES[state],
      version: version(),
      abi: abiVersion(),
      secured: isSecured,
      kernel_tls: hasKernelTls,
    };
  },
  client: ({ client, scheme, host }) => {
    if (scheme !== client.scheme || host !== client.host) throw new Error("they are the client's");
    const { address, port, hops, isForwarded, tls } = client;
    const shown = tls?.certificate;
    const certificate = shown && {
      subject: shown.subject,
      fingerprint: shown.fingerprint,
      bytes: shown.der.length,
    };
    return {
      address,
      port,
      scheme,
      host,
      hops,
      forwarded: isForwarded,
      tls: tls
        ? {
            version: tls.version,
            cipher: tls.cipher,
            server_name: tls.serverName,
            certificate: certificate ?? null,
          }
        : null,
    };
  },
  stats: (request) => {
    const counters = Object.entries(Loop.of(request).stats());
    return Object.fromEntries(counters.map(([name, value]) => [snakeCase(name), value as number]));
  },
  timer: (request) => {
    const ms = Number(findQuery(request, "ms") ?? 0);
    return new Promise((resolve) => {
      Loop.of(request).startTimer(ms, () => {
        resolve("fired");
      });
    });
  },
  timer_cancel: (request) => {
    const loop = Loop.of(request);
    const timer = loop.startTimer(60_000, nothing);
    const cancel = (): void => {
      loop.cancelTimer(timer);
    };
    return { cancelled: nameOf(cancel) === "TRIVET_OK", again: nameOf(cancel) };
  },
  watch: watchPipe,
  log: (request, app) => {
    const level = findQuery(request, "level") ?? "";
    if (!["debug", "info", "warn", "error"].includes(level)) return problem(400, "no such level");
    app.log(level as Exclude<LogLevel, "off">, findQuery(request, "text") ?? "");
    return undefined;
  },
  add_header: (request) => {
    reply.addHeader(request, "X-Added", "1");
    return "ok";
  },
  block: (request) => {
    const ms = Number(findQuery(request, "ms") ?? 0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return "blocked";
  },
  set_cookie: setCookie,
  delete_cookie: deleteCookie,
  middleware_errors: middlewareErrors,
  static_errors: staticErrors,
  stream_order: streamOrder,
  inject: tryInject,
  advance: tryAdvance,
  sse_encode: encodeEvent,
  sse_hub: hubCalls,
  status_name: (request) => ({ name: statusName(Number(findQuery(request, "status") ?? 0)) }),
  // The answer is posted; a promise that never settles leaves the request to it.
  post: (request) => {
    Loop.of(request).post(packText(request, "posted"));
    return new Promise(nothing);
  },
};

/** The operations that are routes of their own. */
export function addOperations(app: App): void {
  app.get("/ops/route", { name: "ops-route", metadata: { team: "core" } }, ({ route }) => {
    if (route === undefined) return problem(500, "the request has no route");
    const { site, ...rest } = route;
    return { ...rest, has_site: site !== "" };
  });

  const keep = ({ state }: Request): void => {
    state["kept"] = "kept";
  };
  app.get("/ops/state", { before: keep }, ({ state }) => ({ state: state["kept"] ?? null }));

  app.get("/ops/{name}", (request) => operate(app, request.params.name, request));
}

function operate(app: App, name: string, request: Request<unknown>): unknown {
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation === undefined) return problem(501, "the driver does not know this operation");
  return operation(request, app);
}
