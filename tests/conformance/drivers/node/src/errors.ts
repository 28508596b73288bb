// Errors on purpose, and what they become.
import { errors, HttpError, json, type App } from "trivet";

class DomainError extends Error {}

export function addErrors(app: App, mapsAll: boolean): void {
  app.get("/boom", () => {
    throw new Error("the handler of /boom always fails");
  });

  app.get("/errors/http", () => {
    throw new HttpError(409, "already there", { headers: { "Retry-After": "7" } });
  });

  app.get("/errors/helper", () => {
    throw errors.notFound("no such thing");
  });

  app.get("/errors/custom", () => {
    throw new DomainError("kaput");
  });

  app.onError(DomainError, (_request, error) => json({ error: error.message }, { status: 418 }));

  if (!mapsAll) return;
  app.onError((_request, error) => {
    const { status, detail } = error instanceof HttpError ? error : { status: 500, detail: "" };
    return json({ error: status, detail }, { headers: { "x-error": "mapped" } });
  });
}
