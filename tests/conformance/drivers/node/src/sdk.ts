// What only SDKs have.
import { ndjson, TokenStream, type App, type TokenStreamInit } from "trivet";
import { findQuery } from "trivet/lowlevel";

export function addSdk(app: App): void {
  app.get("/sdk/ndjson", () => ndjson([{ n: 1 }, "ü\n", null]));

  app.get("/sdk/tokens", (request) => {
    const format = (findQuery(request, "format") ?? "sse") as Required<TokenStreamInit>["format"];
    return new TokenStream(["You", " said\n", "ü"], { format });
  });

  app.post("/sdk/progress", { stream: true }, async ({ read }) => {
    let told: { received: number | null; total: number | null } = { received: null, total: null };
    const content = await read({
      progress(received, total) {
        told = { received, total: total ?? null };
      },
    });
    return { ...told, bytes: content.length };
  });
}
