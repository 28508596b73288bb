// Two trees of groups with around hooks, one with hooks that suspend; and the hook of the app.
import { setImmediate as nextIteration } from "node:timers/promises";
import { HttpError, sse, text, type App, type AroundHook, type Reply } from "trivet";
import { after, before } from "./hooks.js";

/** Does what the request's fields ask of the hook of a name. */
export function around(name: string, suspends: boolean): AroundHook {
  return async ({ headers, state }, next) => {
    const asks = (what: string): boolean => headers.get(`x-around-${what}`) === name;
    if (suspends) await nextIteration();
    if (asks("fail")) throw new Error(`${name} fails around`);
    const way = (state["way"] ?? state["trace"] ?? []) as readonly string[];
    state["way"] = [...way, `around ${name}`];
    if (asks("stop")) return text(`stopped around ${name}`, { status: 403 });
    if (asks("nothing")) return undefined;
    let reply: Reply;
    try {
      reply = await next();
    } catch (error) {
      if (!asks("catch")) throw error;
      reply = text(`caught by ${name}`);
    }
    if (suspends) await nextIteration();
    if (asks("twice")) await next();
    if (asks("fail-after")) throw new Error(`${name} fails around, afterwards`);
    if (asks("replace")) reply = text(`replaced by ${name}`);
    if (asks("status")) reply.status = 299;
    reply.headers.append("x-around", name);
    return asks("silent") ? undefined : reply;
  };
}

export function addAround(app: App, onApp: boolean): void {
  if (onApp) app.around(around("app", true));
  for (const suspends of [false, true]) {
    const hook = (name: string): AroundHook => around(name, suspends);
    app.group(suspends ? "/wa" : "/w", { around: hook("outer") }, (outer) => {
      outer.group("/inner/{org}", (inner) => {
        inner.around(hook("inner"));
        const options = {
          before: before("route"),
          around: [hook("route")],
          after: after("route"),
        };
        inner.get("/leaf/{id:int}", options, ({ params: { org, id }, state }) => ({
          trace: state["way"],
          org,
          id,
        }));
      });
      outer.get("/boom", () => {
        throw new Error("boom");
      });
      outer.get("/http", () => {
        throw new HttpError(409, "already there", { headers: { "Retry-After": "7" } });
      });
      outer.get("/created", { status: 201 }, () => ({ created: true }));
      outer.get("/empty", () => undefined);
    });
    addPieces(app, suspends ? "/wa" : "/w", hook("route"));
  }
}

function addPieces(app: App, prefix: string, hook: AroundHook): void {
  app.get(`${prefix}/pieces`, { around: hook }, async function* () {
    for (const piece of ["one ", "two"]) {
      await nextIteration();
      yield piece;
    }
  });
  app.get(`${prefix}/broken`, { around: hook }, async function* () {
    await nextIteration();
    if (prefix !== "") throw new Error("no piece");
    yield "";
  });
  app.get(`${prefix}/events`, { around: hook }, function* () {
    yield sse("one");
    yield sse("two");
  });
}
