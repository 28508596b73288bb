// Two trees of groups, one with hooks that suspend, and the hooks of the app.
import { setImmediate as nextIteration } from "node:timers/promises";
import { text, type AfterHook, type App, type BeforeHook, type GroupOptions } from "trivet";

/** Adds its name to the trace; stops or fails when the request says so. */
export function before(name: string): BeforeHook {
  return ({ headers, state }) => {
    if (headers.get("x-fail") === name) throw new Error(`the before hook ${name} fails`);
    state["trace"] = [...((state["trace"] as string[] | undefined) ?? []), name];
    if (headers.get("x-stop") !== name) return undefined;
    return text(`stopped by ${name}`, { status: 403 });
  };
}

/** Adds its name as a field; fails, or changes more, when the request says so. */
export function after(name: string): AfterHook {
  return ({ headers }, reply) => {
    if (headers.get("x-fail-after") === name) throw new Error(`the after hook ${name} fails`);
    if (headers.get("x-status") === name) reply.status = 299;
    if (headers.get("x-inject") === name) reply.headers.append("x-split", "a\r\nx-injected: b");
    reply.headers.append("x-after", name);
  };
}

function named(name: string, suspends: boolean): GroupOptions {
  const [first, last] = [before(name), after(name)];
  if (!suspends) return { before: first, after: last };
  return {
    before: async (request) => {
      await nextIteration();
      return first(request);
    },
    after: async (request, reply) => {
      await nextIteration();
      return last(request, reply);
    },
  };
}

export function addHooks(app: App, onApp: boolean): void {
  if (onApp) app.before(before("app")).after(after("app"));
  for (const suspends of [false, true]) {
    app.group(suspends ? "/ga" : "/g", named("outer", suspends), (outer) => {
      outer.get("", ({ state }) => ({ trace: state["trace"] }));
      outer.group("/inner/{org}", named("inner", suspends), (inner) => {
        const options = { ...named("route", suspends), name: suspends ? "leaf-async" : "leaf" };
        inner.get("/leaf/{id:int}", options, ({ params: { org, id }, state }) => ({
          trace: state["trace"],
          org,
          id,
        }));
      });
    });
  }
}
