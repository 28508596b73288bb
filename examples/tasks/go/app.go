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
		return trivet.NewError(422, "title must be a string that is not empty")
	}
	return nil
}

func newApp(page string, tasks *store) *trivet.App {
	app := trivet.New()

	app.Get("/", func(c *trivet.Ctx) error { return c.HTML(page) })

	trivet.Get(app, "/api/tasks", func(*trivet.Ctx, trivet.Nothing) ([]task, error) {
		return tasks.all(), nil
	})

	trivet.Post(app, "/api/tasks", func(_ *trivet.Ctx, in newTask) (task, error) {
		if in.Title == nil {
			return task{}, trivet.NewError(422, "title is missing")
		}
		if err := checkTitle(in.Title); err != nil {
			return task{}, err
		}
		return tasks.add(*in.Title, false), nil
	}, trivet.Status(201))

	trivet.Patch(app, "/api/tasks/{id:int}", func(_ *trivet.Ctx, in taskChange) (task, error) {
		if err := checkTitle(in.Title); err != nil {
			return task{}, err
		}
		changed, ok := tasks.change(in.ID, in.Title, in.Done)
		if !ok {
			return task{}, noTask(in.ID)
		}
		return changed, nil
	})

	trivet.Delete(
		app,
		"/api/tasks/{id:int}",
		func(_ *trivet.Ctx, in taskPath) (trivet.Nothing, error) {
			if !tasks.remove(in.ID) {
				return trivet.Nothing{}, noTask(in.ID)
			}
			return trivet.Nothing{}, nil
		},
	)
	return app
}
