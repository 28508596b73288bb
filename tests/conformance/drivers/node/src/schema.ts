// Routes whose content the engine holds against a JSON Schema.
import { type App } from "trivet";

const line = {
  type: "object",
  required: ["qty"],
  properties: { qty: { type: "integer", minimum: 1 } },
  additionalProperties: false,
};

const order = {
  type: "object",
  required: ["sku", "lines"],
  properties: {
    sku: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z\u00e9]+$" },
    lines: { type: "array", minItems: 1, items: line },
  },
};

export function addSchemas(app: App): void {
  app.post("/schema/order", { bodySchema: order }, () => "passed");
  app.post("/schema/event", { bodySchema: JSON.stringify(order) }, async () => {
    await Promise.resolve();
    return "passed";
  });
}
