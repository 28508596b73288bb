// The conformance driver of the Node SDK; tests/conformance/start says how it is started.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { App, empty, HttpError, Reply } from "trivet";
import { addAround } from "./around.js";
import { addErrors } from "./errors.js";
import { engine, hasErrors, hasHooks, port, workers } from "./flags.js";
import { addFiles } from "./files.js";
import { addForms } from "./forms.js";
import { addHooks } from "./hooks.js";
import { addLimits } from "./limits.js";
import { addCompress } from "./compress.js";
import { addMiddleware } from "./middleware.js";
import { prepare } from "./app_ops.js";
import { addEvents } from "./events.js";
import { ABOUT, addOpenAPI } from "./openapi.js";
import { addOperations } from "./ops.js";
import { addRouting } from "./routing.js";
import { addSchemas } from "./schema.js";
import { addSdk } from "./sdk.js";
import { addStreams } from "./streams.js";
import { addValidation } from "./validation.js";

const app = new App({ engine, port, workers, ...ABOUT });

app.get("/hello", () => "Hello, World!");

app.get("/json", () => ({ message: "Hello, World!" }));

// JSON.stringify knows no bigint, and a number would round the larger ids.
app.get("/users/{id:int}", { integers: "bigint" }, ({ params }) => {
  return new Reply(`{"id":${String(params.id)}}`, {
    headers: { "Content-Type": "application/json" },
  });
});

app.all("/echo", ({ method, path, queryText, headers, body }) => ({
  method,
  path,
  query: queryText,
  headers: headers.entries(),
  body_length: body.length,
  body_sha256: createHash("sha256").update(body).digest("hex"),
}));

app.all("/body", ({ body }) => (body.length === 0 ? "ok" : body));

app.get("/sleep/{ms:int}", async ({ params, signal }) => {
  await sleep(params.ms, undefined, { signal });
  return "slept";
});

app.get("/status/{code:int}", { integers: "bigint" }, ({ params }) => {
  if (params.code < 200n || params.code > 599n) throw new HttpError(400, "the code is 200 to 599");
  return empty(Number(params.code));
});

addErrors(app, hasErrors);
addRouting(app);
addStreams(app);
addLimits(app);
addMiddleware(app);
addCompress(app);
addSchemas(app);
addFiles(app);
addForms(app);
addEvents(app);
addSdk(app);
addOpenAPI(app);
addValidation(app);
addHooks(app, hasHooks);
addAround(app, hasHooks);
addOperations(app);
prepare(app);

app.onShutdown(() => {
  console.log("STOPPED");
});

const server = await app.run();
console.log(`READY ${String(server.port)}`);
