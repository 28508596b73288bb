// Operations on an app for tests: a connection without a port, and a clock that is put forward.
import { App } from "trivet";
import { advance, inject } from "trivet/lowlevel";
import { testClient } from "trivet/testing";
import { nameOf, type Operation } from "./app_ops.js";

function helloApp(): App {
  const app = new App();
  app.get("/hello", () => "Hello, World!");
  return app;
}

export const tryInject: Operation = async (_request, app) => {
  const client = await testClient(helloApp());
  const response = await client.get("/hello");
  await client.close();
  const here = nameOf(() => inject(app));
  return { status: response.status, body: await response.text(), here };
};

/** An answer whose request is awaited too long comes when the clock says so. */
export const tryAdvance: Operation = async (_request, app) => {
  const trial = new App({ requestTimeoutMs: 60_000 });
  trial.get("/never", () => new Promise(() => undefined));
  const client = await testClient(trial);
  const answer = client.get("/never");
  const again = setInterval(() => client.advance(61_000), 10);
  const { status } = await answer;
  clearInterval(again);
  await client.close();
  return { closed: status === 503, here: nameOf(() => advance(app, 1)) };
};
