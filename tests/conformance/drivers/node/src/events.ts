// Server-Sent Events: streams of one request, and hubs.
import {
  EventHub,
  EventStream,
  sse,
  type App,
  type HubPolicy,
  type Request,
  type ServerSentEvent,
} from "trivet";
import { findQuery, sse as calls, SSE_POLICY } from "trivet/lowlevel";
import { nameOf } from "./app_ops.js";

const POLICIES: Readonly<Record<string, HubPolicy>> = {
  drop: "drop_oldest",
  close: "close",
  coalesce: "coalesce",
};

const numberOf = (request: Request<unknown>, name: string): number | undefined => {
  const text = findQuery(request, name);
  return text === undefined ? undefined : Number(text);
};

function hubOf(app: App, request: Request<unknown>): { hub: EventHub; isNumbered: boolean } {
  const isNumbered = findQuery(request, "numbered") === "1";
  const policy = POLICIES[findQuery(request, "policy") ?? "drop"];
  const history = numberOf(request, "history");
  const retryMs = numberOf(request, "retry");
  const hub = new EventHub(app, {
    ownIds: !isNumbered,
    ...(policy === undefined ? {} : { policy }),
    ...(history === undefined ? {} : { history }),
    ...(retryMs === undefined ? {} : { retryMs }),
  });
  return { hub, isNumbered };
}

/** One hub a request: what is there before, what comes after, and its end. */
function fromHub(app: App, request: Request<unknown>): void {
  const { hub, isNumbered } = hubOf(app, request);
  const [before, after] = [numberOf(request, "before") ?? 0, numberOf(request, "after") ?? 0];
  const lastEventId = findQuery(request, "last");
  let count = 0;
  const publish = (until: number): void => {
    while (count < until) {
      count += 1;
      const id = isNumbered ? {} : { id: count };
      hub.publish(`event ${String(count)}`, { event: "tick", ...id });
    }
  };
  try {
    publish(before);
    hub.subscribe(request, lastEventId === undefined ? {} : { lastEventId });
    publish(before + after);
  } finally {
    hub.close();
  }
}

function* counted(count: number): Generator<ServerSentEvent> {
  for (let id = 1; id <= count; id++) yield sse(`event ${String(id)}`, { id });
}

export function addEvents(app: App): void {
  app.get("/sse", (request) => new EventStream(counted(numberOf(request, "n") ?? 3)));

  const fields = [
    sse("one\ntwo\r\nthree\rfour", { comment: "a\nb", id: "7 a", event: "tick", retry: 1500 }),
    sse("", { id: "" }),
    sse(undefined, { comment: "end" }),
  ];
  app.get(
    "/sse/fields",
    () => new EventStream(fields, { retryMs: 2000, headers: { "X-Sse": "1" } }),
  );

  app.get("/sse/hub", (request) => {
    fromHub(app, request);
  });

  app.get("/sse/closed", (request) => {
    const hub = new EventHub(app);
    const answer = hub.stream(request);
    hub.close();
    return answer;
  });

  const live = new EventHub(app);
  app.get("/sse/live", (request) => live.stream(request));
  app.post("/sse/live", ({ text }) => {
    live.publish(text());
    return { subscribers: live.info().subscribers };
  });
}

/** An event as it stands in a stream. */
export function encodeEvent(request: Request<unknown>): unknown {
  const [data, id, event, comment] = ["data", "id", "event", "comment"].map((name) =>
    findQuery(request, name),
  );
  const retry = numberOf(request, "retry");
  let text = "";
  const error = nameOf(() => {
    text = calls.encode(data, {
      ...(id === undefined ? {} : { id }),
      ...(event === undefined ? {} : { event }),
      ...(comment === undefined ? {} : { comment }),
      ...(retry === undefined ? {} : { retry }),
    });
  });
  return error === "TRIVET_OK" ? { text } : { error };
}

/** What calls of a hub give, one after the other. */
export function hubCalls(_request: Request<unknown>, app: App): unknown {
  let hub = 0n;
  const policy = nameOf(() => calls.openHub(app, { policy: 9 }));
  const open = nameOf(() => {
    hub = calls.openHub(app, { policy: SSE_POLICY.DROP_OLDEST, eventBytesMax: 100 });
  });
  const publish = (...event: [data: unknown, init?: { id: string }]): string =>
    nameOf(() => {
      calls.publish(hub, ...event);
    });
  const close = (): string =>
    nameOf(() => {
      calls.closeHub(hub);
    });
  const found = {
    policy,
    open,
    empty: publish(undefined),
    id: publish("x", { id: "1" }),
    long: publish("x".repeat(100)),
    publish: publish("x"),
  };
  const { publishedTotal: published, historyEvents: history } = calls.hubInfo(hub);
  return { ...found, published, history, close: close(), late: publish("x"), again: close() };
}
