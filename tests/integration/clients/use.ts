// Calls every operation and prints what came of it, a line of JSON each: use.js URL. With a number
// behind it only the events of a stream, none longer than that.
import { Client, ProblemError, type Pet } from "./client.js";

function say(...values: unknown[]): void {
  console.log(JSON.stringify(values));
}

async function problem(call: Promise<unknown>): Promise<void> {
  try {
    say("no problem", await call);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const first = error.errors[0];
    say(error.status, error.title, first?.in ?? "", first?.pointer ?? "", first?.code ?? "");
  }
}

function petText(pet: Pet): string {
  if (pet.kind === "cat") return `cat ${pet.lives}`;
  return `dog ${(pet.friends ?? []).map(petText).join()}`;
}

const url = process.argv[2] ?? "";
if (process.argv[3] !== undefined) {
  try {
    const watcher = new Client(url, { bytesMax: Number(process.argv[3]) });
    for await (const event of watcher.watch()) {
      say(event.type, event.data, event.id, event.retryMs ?? 0);
    }
    say("end");
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    say("too long");
  }
  process.exit();
}
const client = new Client(url, { headers: async () => ({ authorization: "Bearer t" }) });
const listed = await client.listItems({
  limit: 5,
  state: ["sold", "for-sale"],
  tags: ["a", "b"],
  inStock: true,
  session: "s 1",
  xRequestID: "r;7",
});
say("list", listed[0]?.title, listed[0]?.made);
const unnamed = new Client(url + "/");
await problem(unnamed.listItems({ inStock: false }));
say("create", (await client.createItem({ body: { title: "grün", price: null } })).title);
await problem(client.createItem({ body: { title: "" } }));
await problem(client.getApiItemsItemId({ item_id: 404 }));
say("none", await client.getApiItemsItemId({ item_id: 204 }));
say("one", (await client.getApiItemsItemId({ item_id: 7 }))?.id);
say("change", (await client.changeItem({ item_id: 7, body: { price: null } })).title);
await client.delete({ item_id: 7 });
const name = "a b%ü.png";
await client.setPhoto({ item_id: 7, name, body: new Uint8Array([0, 1, 255]) });
say("photo", [...(await client.photo({ item_id: 7, name }))]);
say("note", await client.addNote({ body: "grün" }));
const login = { user: "a&b", password: "=", remember: true, scope: ["x", "y"] };
say("login", (await client.login({ body: login })).token);
const sizes = await client.upload({
  body: {
    title: "t\"\r\n",
    file: new File(["hello"], 'a".txt', { type: "text/plain" }),
    tags: ["x", "yy"],
    origin: { lat: 1, lon: 2.5 },
  },
});
say("upload", Object.entries(sizes).sort());
for await (const event of client.watch({ count: 3 })) {
  say("event", event.type, event.data, event.id);
}
for await (const event of client.watch({ count: 4 })) {
  if (event.id === "3") break;
}
const pets = await client.search();
say("pets", typeof pets === "string" ? pets : pets.map(petText));
say("later", await client.search({ body: { op: "not", of: { op: "equals", value: 7 } } }));
for (const wrong of ["", ".", ".."]) {
  try {
    say("taken", await client.photo({ item_id: 7, name: wrong }));
  } catch (error) {
    say("refused", error instanceof TypeError);
  }
}
try {
  await client.class({ timeoutMs: 50 });
} catch (error) {
  say("late", error instanceof Error && error.name === "TimeoutError");
}
const controller = new AbortController();
setTimeout(() => controller.abort(new Error("enough")), 50);
try {
  await client.class({ signal: controller.signal });
} catch (error) {
  say("aborted", error instanceof Error && error.message === "enough");
}
await problem(new Client(url, { bytesMax: 3 }).addNote({ body: "a" }));
