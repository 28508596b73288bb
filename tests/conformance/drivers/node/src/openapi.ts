// /openapi: what the document says of the app, from its schemas.
import type { App, OpenAPIOptions } from "trivet";

export const ABOUT: OpenAPIOptions = {
  title: "Conformance",
  version: "1.2.3",
  description: "What all drivers do.",
  servers: [{ url: "/", description: "this one" }],
};

const Item = {
  $id: "Item",
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
} as const;

export function addOpenAPI(app: App): void {
  const options = {
    body: Item,
    response: { 201: Item },
    status: 201,
    operationId: "change_item",
    summary: "Changes an item",
  } as const;
  app.post("/openapi/items/{id:int}", options, ({ body }) => body);

  app.get("/openapi/hidden", { hidden: true }, () => "hidden");
}
