// Routes with limits of their own, and of the groups they are in.
import { setTimeout as sleep } from "node:timers/promises";
import { bytes, stream, type App } from "trivet";
import { count, xs } from "./streams.js";

export function addLimits(app: App): void {
  const outer = app.group("/limits", { limits: { bodyBytesMax: 12 } });
  outer.post("/body", ({ body }) => bytes(body));
  outer.post("/more", { limits: { bodyBytesMax: 16 } }, ({ body }) => bytes(body));
  outer.post("/slow", { stream: true, limits: { bodyTimeoutMs: 200 } }, count);
  const drip = { bodyBytesMax: 2 ** 40, bodyTimeoutMs: 200, bodyRateMin: 10_000 };
  outer.post("/drip", { stream: true, limits: drip }, count);
  outer.get("/bytes/{n:int}", { limits: { sendRateMin: 1_000_000 } }, ({ params }) =>
    stream(xs(params.n), { length: params.n }),
  );

  const inner = outer.group("/inner", { limits: { requestTimeoutMs: 100 } });
  inner.post("/body", ({ body }) => bytes(body));
  inner.get("/late", async ({ signal }) => {
    await sleep(60_000, undefined, { signal });
    return "slept";
  });
  inner.get("/patient", { limits: { requestTimeoutMs: 0 } }, async ({ signal }) => {
    await sleep(400, undefined, { signal });
    return "slept";
  });

  const few = outer.group("/few", { limits: { requestsMax: 2 } });
  few.post("/hold", { stream: true, limits: { requestsMax: 1 } }, count);
  few.post("/keep", { stream: true }, count);
  few.get("/free", () => "free");
}
