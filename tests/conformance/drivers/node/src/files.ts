// Folders that are served, and files that handlers send.
import { App, middleware as mw, sendFile, text } from "trivet";
import type { StaticOptions, TrivetError } from "trivet";

const folder = process.env.TRIVET_DRIVER_FILES ?? ".";

export function addFiles(app: App): void {
  app.static("/files", folder, {
    name: "files",
    cacheRules: { "assets/*": "public, max-age=31536000, immutable" },
    types: { sku: "application/x-sku" },
  });
  app.static("/spa", folder, {
    index: false,
    fallback: "page/index.html",
    cacheControl: false,
    dotFiles: true,
    symlinks: false,
    precompressed: false,
  });
  app.group("/gated/{org}").use(mw.bearer("alpha-token")).static("/files", folder);
  app.group("/coded").use(mw.compress()).static("/", folder);
  app
    .group("/hooked")
    .static("/", folder)
    .before(({ headers }) =>
      headers.get("x-stop") === undefined ? undefined : text("stopped", { status: 403 }),
    )
    .after((_request, reply) => {
      reply.headers.set("x-after", "files");
    });
  app.get("/file/{path:path}", ({ params, query }) =>
    sendFile(params.path, {
      root: folder,
      headers: { "X-Mine": "yes" },
      ...(query.status === undefined ? {} : { status: Number(query.status) }),
      contentType: query.type ?? "",
      download: query.download ?? "",
      cacheControl: query.cache ?? "",
    }),
  );
  app.get("/own-file", async () => {
    await Promise.resolve();
    return sendFile(`${folder}/hello.txt`);
  });
}

/** What the configuration of a folder is refused for, on an app that nobody serves. */
export function staticErrors(): unknown {
  const wrong: Record<string, StaticOptions> = {
    directory: {},
    index: { index: "a/b" },
    fallback: { fallback: "../a" },
    cache_rules: { cacheRules: { "": "text/plain" } },
    types: { types: { ".txt": "text/plain" } },
  };
  const app = new App();
  return Object.fromEntries(
    Object.entries(wrong).map(([name, options]) => {
      try {
        app.static("/x", name === "directory" ? "/none/such" : folder, options);
        return [name, null];
      } catch (error) {
        const { code, detail } = error as TrivetError;
        return [name, code === "ERR_TRIVET_ARGUMENT" ? detail : code];
      }
    }),
  );
}
