// Routes whose requests are checked: every SDK answers the same to what is wrong with them.
import type { App } from "trivet";

const id = { type: "integer", minimum: 10 } as const;
const tenant = { type: "string", pattern: "^[a-z]+$", maxLength: 8 } as const;
const sid = { type: "string", minLength: 3 } as const;
const limit = { type: "integer", minimum: 1, maximum: 100 } as const;

const Query = {
  type: "object",
  properties: {
    limit: { ...limit, default: 20 },
    ratio: { type: ["number", "null"], exclusiveMaximum: 1, default: null },
    verbose: { type: "boolean", default: false },
    sort: { type: "string", enum: ["asc", "desc"], default: "asc" },
    tag: { type: "array", items: { type: "string" }, maxItems: 2, default: [] },
    n: { type: "array", items: { type: "integer" }, default: [] },
    q: { type: ["string", "null"], minLength: 2, default: null },
  },
} as const;

const Line = {
  type: "object",
  properties: {
    sku: { type: "string", pattern: "^[A-Z]{3}-[0-9]+$" },
    qty: { type: "integer", minimum: 1, maximum: 10, default: 1 },
  },
  required: ["sku"],
} as const;

const Order = {
  type: "object",
  properties: {
    customer: { type: "string", minLength: 2, maxLength: 5 },
    items: { type: "array", items: Line, minItems: 1, maxItems: 3 },
    count: {
      type: "integer",
      minimum: Number.MIN_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 0,
    },
    weight: { type: "number", exclusiveMinimum: 0, default: 1.5 },
    priority: { type: "string", enum: ["low", "high"], default: "low" },
    note: { type: ["string", "null"], default: null },
    gift: { type: "boolean", default: false },
  },
  required: ["customer", "items"],
} as const;

const Params = { type: "object", properties: { id }, required: ["id"] } as const;
const Cookies = { type: "object", properties: { sid }, required: ["sid"] } as const;

export function addValidation(app: App): void {
  app.group("/v", (group) => {
    group.get("/query", { query: Query }, ({ query }) => {
      const { limit, ratio, verbose, sort, tag, n, q } = query;
      return { limit, ratio, verbose, sort, tag, n, q };
    });

    const Levels = { type: "array", items: { type: "integer" }, default: [] } as const;
    const Headers = {
      type: "object",
      properties: { "x-tenant": tenant, "x-level": Levels },
      required: ["x-tenant"],
    } as const;
    const head = { params: Params, headers: Headers, cookies: Cookies };
    group.get("/head/{id:int}", head, ({ params, headers, cookies }) => ({
      id: params.id,
      tenant: headers["x-tenant"],
      level: headers["x-level"],
      sid: cookies.sid,
    }));

    group.post("/orders", { body: Order }, ({ body }) => {
      const { customer, items, count, weight, priority, note, gift } = body;
      return { customer, items, count, weight, priority, note, gift };
    });

    const Form = {
      type: "object",
      properties: {
        title: { type: "string", minLength: 3 },
        count: { type: "integer", minimum: 1, maximum: 5, default: 1 },
        gift: { type: "boolean", default: false },
        tag: { type: "array", items: { type: "string" }, maxItems: 2, default: [] },
      },
      required: ["title"],
    } as const;
    group.post("/form", { form: Form }, ({ fields }) => fields);

    const all = {
      params: Params,
      query: { type: "object", properties: { limit }, required: ["limit"] } as const,
      headers: {
        type: "object",
        properties: { "x-tenant": tenant },
        required: ["x-tenant"],
      } as const,
      cookies: Cookies,
      body: Order,
    };
    group.post("/all/{id:int}", all, ({ params, query, headers, cookies }) => ({
      id: params.id,
      limit: query.limit,
      tenant: headers["x-tenant"],
      sid: cookies.sid,
    }));
  });
}
