// Operations that set cookies.
import { text, type CookieOptions, type CookieScope, type Reply, type Request } from "trivet";
import { findQuery } from "trivet/lowlevel";
import { nameOf } from "./app_ops.js";

function scopeOf(request: Request<unknown>): CookieScope {
  const [domain, path] = [findQuery(request, "domain"), findQuery(request, "path")];
  return {
    ...(domain === undefined || domain === "" ? {} : { domain }),
    ...(path === undefined || path === "" ? {} : { path }),
  };
}

function optionsOf(request: Request<unknown>): CookieOptions {
  const [expires, maxAge] = [findQuery(request, "expires"), findQuery(request, "max_age")];
  const flags = findQuery(request, "flags") ?? "";
  const sameSite = findQuery(request, "same_site") as "lax" | "strict" | "none" | undefined;
  return {
    ...scopeOf(request),
    ...(expires === undefined ? {} : { expires: Number(expires) }),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    ...(sameSite === undefined ? {} : { sameSite }),
    secure: !flags.includes("i"),
    httpOnly: !flags.includes("s"),
    partitioned: flags.includes("p"),
  };
}

function answer(change: (reply: Reply) => void): unknown {
  const reply = text("ok");
  const error = nameOf(() => {
    change(reply);
  });
  return error === "TRIVET_OK" ? reply : { error };
}

export function setCookie(request: Request<unknown>): unknown {
  const [name, value] = [findQuery(request, "name") ?? "", findQuery(request, "value") ?? ""];
  return answer((reply) => reply.setCookie(name, value, optionsOf(request)));
}

export function deleteCookie(request: Request<unknown>): unknown {
  const name = findQuery(request, "name") ?? "";
  return answer((reply) => reply.deleteCookie(name, scopeOf(request)));
}
