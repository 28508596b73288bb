// Forms, and content that arrives decoded.
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TrivetError, type App, type FormOptions, type Part, type Request } from "trivet";
import { count } from "./streams.js";

const TIGHT: FormOptions = {
  fieldsMax: 20,
  filesMax: 3,
  nameBytesMax: 32,
  filenameBytesMax: 32,
  valueBytesMax: 1000,
  fieldsBytesMax: 5000,
  fileBytesMax: 100_000,
  memoryBytesMax: 1024,
};

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function told(part: Part): Promise<unknown> {
  const digest = createHash("sha256");
  for await (const chunk of part) digest.update(chunk);
  return {
    name: part.name,
    filename: part.filename ?? null,
    content_type: part.contentType,
    bytes: part.size,
    sha256: digest.digest("hex"),
    spooled: part.isSpooled,
  };
}

async function parts(request: Request<unknown>, options: FormOptions = {}): Promise<unknown> {
  const form = await request.form(options);
  return { parts: await Promise.all(form.parts.map(told)) };
}

const streamed = (request: Request<unknown>): Promise<unknown> => parts(request, TIGHT);

/** The name of the status that a promise or a call ends with. */
async function nameOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "TRIVET_OK";
  } catch (error) {
    if (error instanceof TrivetError) return error.statusName;
    throw error;
  }
}

function descriptor(part: Part): string {
  const fd = part.open();
  try {
    return sha256(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}

/** Keeps the part "file" as a file, and tells what calls give. */
async function keep(request: Request<unknown>): Promise<unknown> {
  const form = await request.form(TIGHT);
  const index = form.parts.findIndex(({ name }) => name === "file");
  const part = form.parts[index]!;
  const folder = mkdtempSync(join(tmpdir(), "trivet-driver-"));
  const path = join(folder, "kept");
  const isMissing = !form.has("no such") && !form.files.has("no such");
  try {
    const found = {
      get: await nameOf(() => request.form()),
      parts: form.parts.length,
      read: await nameOf(() => request.read()),
      missing: isMissing ? "TRIVET_E_NOT_FOUND" : "TRIVET_OK",
      find: form.files.get("file") === part ? "TRIVET_OK" : "TRIVET_E_NOT_FOUND",
      index,
      save: await nameOf(() => part.save(path)),
      mode: (statSync(path).mode & 0o777).toString(8),
      saved: sha256(readFileSync(path)),
      again: await nameOf(() => part.save(path)),
      replace: await nameOf(() => part.save(path, { replace: true })),
    };
    rmSync(folder, { recursive: true });
    const nowhere = await nameOf(() => part.save(path));
    return { ...found, nowhere, descriptor: descriptor(part) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What arrived, and which fields still say how it was encoded. */
function decoded({ body, headers }: Request<unknown>): unknown {
  const fields = ["Content-Encoding", "Content-Length"].filter((name) => headers.has(name));
  return { bytes: body.length, sha256: sha256(body), fields };
}

export function addForms(app: App): void {
  app.post("/form", (request) => parts(request));
  app.post("/form/stream", { stream: true }, streamed);
  app.post("/form/small", { stream: true, limits: { bodyBytesMax: 300 } }, streamed);
  app.post("/form/keep", { stream: true }, keep);
  app.group("/decode", { decompress: true }, (group) => {
    group.post("", { limits: { bodyBytesMax: 100_000 } }, decoded);
    group.post("/stream", { stream: true, limits: { bodyBytesMax: 100_000 } }, count);
    group.post("/form", { stream: true }, streamed);
    group.post("/raw", { decompress: false }, decoded);
  });
}
