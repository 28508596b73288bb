// Routes that tell which of them was taken, and with what.
import { Reply, type App } from "trivet";

const ECHO: readonly (readonly [pattern: string, name?: string, method?: string])[] = [
  ["/r/int/{n:int}", "int"],
  ["/r/uuid/{u:uuid}", "uuid"],
  ["/r/text/{t}", "text"],
  ["/r/path/{rest:path}", "path"],
  ["/r/regex/{code:regex([A-Z]{3}[0-9]+)}", "regex"],
  ["/r/p/new"],
  ["/r/p/{id:int}"],
  ["/r/p/{id:uuid}"],
  ["/r/p/{id:regex(v[0-9]+)}"],
  ["/r/p/{name}"],
  ["/r/p/{rest:path}"],
  ["/r/u/new"],
  ["/r/u/{name}", "", "POST"],
  ["/r/u/{rest:path}", "", "PUT"],
  ["/r/slow/{s:regex((a+)+$)}"],
];

/** JSON.stringify knows no bigint; the routes with integers have no other parameters. */
function echo(route: string, params: Readonly<Record<string, unknown>>): unknown {
  if (!route.endsWith(":int}")) return { route, params };
  const text = JSON.stringify({ route, params }, (_name, value: unknown) =>
    typeof value === "bigint" ? `int ${String(value)}` : value,
  );
  const headers = { "Content-Type": "application/json" };
  return new Reply(text.replace(/"int (-?\d+)"/, "$1"), { headers });
}

export function addRouting(app: App): void {
  for (const [route, name = "", method = "GET"] of ECHO) {
    app.route(method, route, { name, integers: "bigint" }, ({ params }) => echo(route, params));
  }

  app.route(["GET", "PUT", "DELETE"], "/r/methods", ({ method }) => ({ method }));

  app.get("/r/host", { host: "api.example.com" }, () => ({ host: "api" }));

  app.get("/r/host", { host: "{tenant}.example.com", name: "tenant" }, ({ params }) => ({
    tenant: params.tenant,
  }));

  app.post("/r/host", { host: "{tenant}.eu.example.com" }, ({ params }) => ({
    tenant: params.tenant,
    region: "eu",
  }));

  app.get("/r/host", () => ({ host: "any" }));
}
