package main

import (
	"strings"

	"github.com/trivet/trivet/langs/go"
)

type taskPath struct {
	ID int `path:"id"`
}

type newTask struct {
	Title *string `json:"title"`
}

type taskChange struct {
	ID    int     `path:"id"`
	Title *string `json:"title"`
	Done  *bool   `json:"done"`
}

func noTask(id int) error { return trivet.Errorf(404, "there is no task %d", id) }

// checkTitle refuses a title that shows nothing.
func checkTitle(title *string) error {
	if title != nil && strings.TrimSpace(*title) == "" {
		return trivet.UnprocessableContent("title must be a string that is not empty")
	}
	return nil
}

// pages are the HTML pages of the demo.
type pages struct{ index, live string }

// change is what the live page hears of.
type change struct {
	Action string `json:"action"` // added, changed or removed
	Task   task   `json:"task"`
}

func newApp(pages pages, tasks *store) (*trivet.App, error) {
	app := trivet.New(trivet.Config{Workers: 1}) // the tasks live in this process
	hub, err := trivet.NewEventHub(app, trivet.EventHubConfig{})
	if err != nil {
		return nil, err
	}
	tell := func(action string, t task) error {
		return hub.Publish(trivet.Event{Event: "task", Data: change{action, t}})
	}

	app.Get("/", func(c *trivet.Ctx) error { return c.HTML(pages.index) })
	app.Get("/live", func(c *trivet.Ctx) error { return c.HTML(pages.live) })
	app.Get("/events", hub.Stream)

	api := app.Group("/api/tasks")

	trivet.Get(api, "", func(*trivet.Ctx, trivet.Nothing) ([]task, error) {
		return tasks.all(), nil
	})

	trivet.Post(api, "", func(_ *trivet.Ctx, in newTask) (task, error) {
		if in.Title == nil {
			return task{}, trivet.UnprocessableContent("title is missing")
		}
		if err := checkTitle(in.Title); err != nil {
			return task{}, err
		}
		added := tasks.add(*in.Title, false)
		return added, tell("added", added)
	}, trivet.Status(201))

	trivet.Patch(api, "/{id:int}", func(_ *trivet.Ctx, in taskChange) (task, error) {
		if err := checkTitle(in.Title); err != nil {
			return task{}, err
		}
		changed, ok := tasks.change(in.ID, in.Title, in.Done)
		if !ok {
			return task{}, noTask(in.ID)
		}
		return changed, tell("changed", changed)
	})

	trivet.Delete(api, "/{id:int}", func(_ *trivet.Ctx, in taskPath) (trivet.Nothing, error) {
		removed, ok := tasks.remove(in.ID)
		if !ok {
			return trivet.Nothing{}, noTask(in.ID)
		}
		return trivet.Nothing{}, tell("removed", removed)
	})
	return app, nil
}
