// /z: answers that middleware encodes and tags; README.md tells which.
import { EventStream, middleware as mw, sse, stream, text, type App, type Reply } from "trivet";
import { lines, xs } from "./streams.js";

function rows(count: number): string {
  let text = "";
  for (let i = 1; i <= count; i++) text += `row ${String(i)}\n`;
  return text;
}

function numbers(): EventStream {
  return new EventStream([1, 2, 3].map((id) => sse(`event ${String(id)}`, { id })));
}

const long = (headers: Record<string, string>): Reply => text("x".repeat(2000), { headers });

export function addCompress(app: App): void {
  const group = app.group("/z");
  group.use(mw.compress(), mw.etag());
  group.route(["GET", "POST"], "/rows/{n:int}", ({ params }) => rows(params.n));
  group.get("/own", () => long({ ETag: '"v1"', Vary: "Accept", "Cache-Control": "max-age=60" }));
  group.get("/final", () => long({ "Content-Encoding": "identity" }));
  group.get("/pieces/{n:int}", ({ params }) =>
    stream(lines(params.n), {
      contentType: "text/plain",
      trailers: { "x-pieces": String(params.n) },
    }),
  );
  group.get("/bytes/{n:int}", ({ params }) => stream(xs(params.n), { length: params.n }));
  group.get("/events", numbers);
  const coded = mw.compress({ types: ["default", "text/event-stream"] });
  group.get("/events/coded", { middleware: coded }, numbers);

  const off = group.group("/off");
  off.use(mw.compress({ enabled: false }), mw.etag({ enabled: false }));
  off.get("/rows/{n:int}", ({ params }) => rows(params.n));
  const strong = group.group("/strong");
  strong.use(
    mw.compress({
      codings: ["gzip", "br"],
      minBytes: 1,
      gzipLevel: 9,
      brLevel: 5,
      types: "text/plain",
    }),
    mw.etag({ strong: true }),
  );
  strong.get("/rows/{n:int}", ({ params }) => rows(params.n));
}
