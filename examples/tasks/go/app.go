package main

import "github.com/trivet/trivet/langs/go"

type taskPath struct {
	ID int `path:"id"`
}

// newTask is what a client sends for one; a title shows something.
type newTask struct {
	Title string `json:"title" validate:"required,pattern=\\S"`
}

type taskChange struct {
	Title *string `json:"title" validate:"pattern=\\S"`
	Done  *bool   `json:"done"`
}

type taskChangeInput struct {
	taskChange
	ID int `path:"id"`
}

func noTask(id int) error { return trivet.Errorf(404, "there is no task %d", id) }

// pages are the HTML pages of the demo.
type pages struct{ index, live string }

// change is what the live page hears of.
type change struct {
	Action string `json:"action"` // added, changed or removed
	Task   task   `json:"task"`
}

func newApp(pages pages, tasks *store) (*trivet.App, error) {
	app := trivet.New(
		trivet.Config{Workers: 1}, // the tasks live in this process
		trivet.OpenAPI{Title: "Tasks", Version: "1.0.0"},
	)
	hub, err := trivet.NewEventHub(app, trivet.EventHubConfig{})
	if err != nil {
		return nil, err
	}
	tell := func(action string, t task) error {
		return hub.Publish(trivet.Event{Event: "task", Data: change{action, t}})
	}

	app.Get("/", func(c *trivet.Ctx) error { return c.HTML(pages.index) }, trivet.Hidden)
	app.Get("/live", func(c *trivet.Ctx) error { return c.HTML(pages.live) }, trivet.Hidden)
	app.Get("/events", hub.Stream, trivet.Produces("text/event-stream"),
		trivet.Name("events"), trivet.Summary("Follow the changes"))

	api := app.Group("/api/tasks")

	trivet.Get(api, "", func(*trivet.Ctx, trivet.Nothing) ([]task, error) {
		return tasks.all(), nil
	}, trivet.Name("all_tasks"), trivet.Summary("All tasks"))

	trivet.Post(api, "", func(_ *trivet.Ctx, in newTask) (task, error) {
		added := tasks.add(in.Title, false)
		return added, tell("added", added)
	}, trivet.Status(201), trivet.Name("add_task"), trivet.Summary("Add a task"))

	trivet.Patch(api, "/{id:int}", func(_ *trivet.Ctx, in taskChangeInput) (task, error) {
		changed, ok := tasks.change(in.ID, in.Title, in.Done)
		if !ok {
			return task{}, noTask(in.ID)
		}
		return changed, tell("changed", changed)
	}, trivet.Name("change_task"), trivet.Summary("Change a task"))

	trivet.Delete(api, "/{id:int}", func(_ *trivet.Ctx, in taskPath) (trivet.Nothing, error) {
		removed, ok := tasks.remove(in.ID)
		if !ok {
			return trivet.Nothing{}, noTask(in.ID)
		}
		return trivet.Nothing{}, tell("removed", removed)
	}, trivet.Name("remove_task"), trivet.Summary("Remove a task"))
	return app, nil
}
