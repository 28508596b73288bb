// Goes once through the demo by its generated client: tasks.js URL.
import { Client, ProblemError } from "./client.js";

function say(...values: unknown[]): void {
  console.log(JSON.stringify(values));
}

const client = new Client(process.argv[2] ?? "");
const added = await client.addTask({ body: { title: "grün" } });
say("added", added.title, added.done);
say(
  "listed",
  (await client.allTasks()).some((task) => task.id === added.id),
);
say("changed", (await client.changeTask({ id: added.id, body: { done: true } })).done);
await client.removeTask({ id: added.id });
say(
  "removed",
  (await client.allTasks()).some((task) => task.id === added.id),
);
try {
  await client.removeTask({ id: added.id });
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  say(error.status, error.title);
}
