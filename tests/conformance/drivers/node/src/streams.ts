// Requests that are read as they arrive, and answers that are written as they are made.
import { createHash } from "node:crypto";
import { stream, type App, type Request } from "trivet";
import { CONTENT, readContent, reply } from "trivet/lowlevel";
import { nameOf } from "./app_ops.js";

const PIECE = Buffer.alloc(16384, "x");

export async function count(request: Request<unknown>): Promise<unknown> {
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const chunk of request.stream()) {
    digest.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: digest.digest("hex"), trailers: request.trailers.entries() };
}

export function* lines(count: number): Generator<string> {
  for (let i = 1; i <= count; i++) yield `piece ${String(i)}\n`;
}

export function* xs(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= PIECE.length) {
    yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
  }
}

export function addStreams(app: App): void {
  app.post("/stream/echo", { stream: true }, (request) =>
    stream(request.stream(), {
      contentType: "application/octet-stream",
      trailers: () => request.trailers,
    }),
  );

  app.post("/stream/count", { stream: true, limits: { bodyBytesMax: 2 ** 40 } }, count);

  app.post("/stream/small", { stream: true, limits: { bodyBytesMax: 16 } }, count);

  app.post("/stream/early", { stream: true }, () => "early");

  app.get("/stream/pieces/{n:int}", ({ params }) =>
    stream(lines(params.n), { trailers: { "x-pieces": String(params.n) } }),
  );

  app.get("/stream/bytes/{n:int}", ({ params }) => stream(xs(params.n), { length: params.n }));

  app.get("/stream/broken", function* () {
    yield "half of it";
    throw new Error("the handler failed in the middle");
  });
}

/** What calls give that come too early, too late or with too much. Answers in pieces of its own. */
export function streamOrder(request: Request<unknown>): void {
  const found = {
    write_first: nameOf(() => reply.write(request, "x")),
    end_first: nameOf(() => {
      reply.end(request);
    }),
    read: nameOf(() => readContent(request)),
    begin: nameOf(() => {
      reply.begin(request, 200, CONTENT.JSON);
    }),
    begin_twice: nameOf(() => {
      reply.begin(request, 200, CONTENT.JSON);
    }),
    whole: nameOf(() => {
      reply.text(request, 200, "x");
    }),
    trailer: nameOf(() => {
      reply.end(request, [["Content-Length", "1"]]);
    }),
  };
  reply.write(request, JSON.stringify(found));
  reply.end(request);
}
