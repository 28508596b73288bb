export { TrivetError, type StatusName, type TrivetErrorCode } from './abi_gen.js'
export type { BackgroundTask } from './background.js'
export { App, type ListenOptions, type RunOptions } from './app.js'
export type { Progress, StreamOptions } from './content.js'
export type { CookieOptions, CookieScope } from './cookies.js'
export type { ErrorClass, ErrorHandler } from './error_map.js'
export {
  ContentError,
  errors,
  HttpError,
  ResponseError,
  ResultTypeError,
  StartupError,
  type HttpErrorOptions,
} from './errors.js'
export { EventHub, type EventHubOptions, type HubPolicy, type SubscribeInit } from './event_hub.js'
export {
  EventStream,
  sseStream,
  TokenStream,
  type EventStreamInit,
  type TokenStreamInit,
} from './event_stream.js'
export { ServerSentEvent, sse, type EventInit } from './events.js'
export type { HeadersInit } from './fields.js'
export { sendFile, type FileInit, type StaticOptions } from './files.js'
export { Form, NamedList, Part, UploadFile, type FormOptions, type SaveOptions } from './forms.js'
export type { FieldList, RequestHeaders } from './headers.js'
export type { LifecycleHook } from './lifecycle.js'
export type { RouteLimits } from './limits.js'
export * as middleware from './middleware.js'
export type { Middleware, Owner, Principal, Secrets } from './middleware.js'
export type { HubInfo, LoopInfo, LoopStats } from './native.js'
export type { AppOptions, Engine, LogLevel, Profile, ServerLimits } from './options.js'
export type { Certificate, Client, TlsSession } from './client.js'
export type { TlsOptions } from './tls_options.js'
export type { OpenAPIDocument, OpenAPIOptions, RouteDocs } from './openapi.js'
export type { ParamsOf } from './params.js'
export type { WorkerIdentity } from './program.js'
export { ProviderError, type ProviderOptions, type ProviderScope } from './providers.js'
export { Reply, type ReplyInit, type TrailersInit } from './reply.js'
export {
  bytes,
  empty,
  html,
  json,
  ndjson,
  problem,
  redirect,
  stream,
  text,
  xml,
  type Piece,
  type Pieces,
  type StreamInit,
} from './reply_helpers.js'
export type { ReplyHeaders } from './reply_headers.js'
export { Request, type State } from './request.js'
export type {
  AfterHook,
  AroundHook,
  BeforeHook,
  GroupOptions,
  Handler,
  HookOptions,
  Next,
  RouteInfo,
  RouteOptions,
} from './route.js'
export { Group, type Plugin, type PluginOptions, type Router } from './router.js'
export type { FromSchema, InputOf, OutputOf, Schema, StandardSchema } from './schema_types.js'
export { ValidationError, type Place, type ValueError } from './schema_words.js'
export type { Server } from './server.js'
export type { Setting, SettingSource } from './settings.js'
export { templates, type TemplateOptions, type Templates } from './templates.js'
export type { UrlFor, UrlParams, UrlQuery } from './urls.js'
export type { RouteSchemas } from './validation.js'
