// Goes once through the demo by its generated client: tasks.js URL.
import { Client, ProblemError } from "./client.js";

function say(...values: unknown[]): void {
  console.log(JSON.stringify(values));
}

const client = new Client(process.argv[2] ?? "");
const added = await client.addTask({ body: { title: "grün" } });
say("added", added.title, added.done);
// An event that the hub does not know has all that it keeps follow, what was added among it.
for await (const event of client.events({ headers: { "last-event-id": "none" } })) {
  const change = JSON.parse(event.data);
  if (change.task.id !== added.id) continue;
  say("told", event.type, change.action);
  break;
}
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
