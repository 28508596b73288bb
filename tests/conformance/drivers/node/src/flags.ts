// What tests/conformance/start passes on.
import { parseArgs } from "node:util";
import type { Engine } from "trivet";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    engine: { type: "string", default: "auto" },
    workers: { type: "string", default: "1" },
    threads: { type: "string", default: "1" },
    hooks: { type: "boolean", default: false },
    errors: { type: "boolean", default: false },
  },
});

if (values.threads !== "1") {
  console.error("driver: Node has one loop in each process");
  process.exit(2);
}

export const port = Number(values.port);
export const engine = values.engine as Engine;
export const workers = Number(values.workers);
export const hasHooks = values.hooks;
export const hasErrors = values.errors;
