export { TrivetError, type StatusName, type TrivetErrorCode } from './abi_gen.js'
export { App, type ListenOptions } from './app.js'
export { HttpError, ResultTypeError } from './errors.js'
export type { RequestHeaders } from './headers.js'
export type { LoopInfo, LoopStats } from './native.js'
export type { AppOptions, Engine, LogLevel } from './options.js'
export type { ParamsOf } from './params.js'
export {
  bytes,
  empty,
  html,
  json,
  problem,
  redirect,
  Reply,
  text,
  type HeadersInit,
  type ReplyInit,
} from './reply.js'
export { Request } from './request.js'
export type { Handler, RouteOptions } from './route.js'
export type { Server } from './server.js'
