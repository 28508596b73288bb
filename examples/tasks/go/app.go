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

func newApp(page string, tasks *store) *trivet.App {
	app := trivet.New(trivet.Config{Workers: 1}) // the tasks live in this process

	app.Get("/", func(c *trivet.Ctx) error { return c.HTML(page) })

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
		return tasks.add(*in.Title, false), nil
	}, trivet.Status(201))

	trivet.Patch(api, "/{id:int}", func(_ *trivet.Ctx, in taskChange) (task, error) {
		if err := checkTitle(in.Title); err != nil {
			return task{}, err
		}
		changed, ok := tasks.change(in.ID, in.Title, in.Done)
		if !ok {
			return task{}, noTask(in.ID)
		}
		return changed, nil
	})

	trivet.Delete(api, "/{id:int}", func(_ *trivet.Ctx, in taskPath) (trivet.Nothing, error) {
		if !tasks.remove(in.ID) {
			return trivet.Nothing{}, noTask(in.ID)
		}
		return trivet.Nothing{}, nil
	})
	return app
}
