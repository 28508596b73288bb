// Goes once through the demo by its generated client: tasks URL.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"shop/client"
	"slices"
)

func say(values ...any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	got(0, encoder.Encode(values))
}

func got[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func problem(err error) *client.ProblemError {
	var problem *client.ProblemError
	if !errors.As(err, &problem) {
		got(0, fmt.Errorf("no problem: %w", err))
	}
	return problem
}

// told gives the type of the event that tells of a task, and what has become of that. An event that the
// hub does not know has all that it keeps follow.
func told(ctx context.Context, api *client.Client, task client.Task) (kind, action string) {
	fromTheStart := func(r *http.Request) { r.Header.Set("Last-Event-ID", "none") }
	for event, err := range api.Events(ctx, fromTheStart) {
		got(0, err)
		var change struct {
			Action string
			Task   client.Task
		}
		got(0, json.Unmarshal([]byte(event.Data), &change))
		if change.Task == task {
			return event.Type, change.Action
		}
	}
	return "", ""
}

func main() {
	ctx := context.Background()
	api := client.New(os.Args[1], client.Options{})
	added := got(api.AddTask(ctx, client.AddTaskInput{Body: client.NewTask{Title: "grün"}}))
	isAdded := func(task client.Task) bool { return task.ID == added.ID }
	say("added", added.Title, added.Done)
	kind, action := told(ctx, api, added)
	say("told", kind, action)
	say("listed", slices.ContainsFunc(got(api.AllTasks(ctx)), isAdded))
	done := client.NullableOf(true)
	change := client.ChangeTaskInput{ID: added.ID, Body: client.TaskChange{Done: done}}
	say("changed", got(api.ChangeTask(ctx, change)).Done)
	remove := client.RemoveTaskInput{ID: added.ID}
	got(0, api.RemoveTask(ctx, remove))
	say("removed", slices.ContainsFunc(got(api.AllTasks(ctx)), isAdded))
	gone := problem(api.RemoveTask(ctx, remove))
	say(gone.Status, gone.Title)
}
