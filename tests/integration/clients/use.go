// Calls every operation and prints what came of it, a line of JSON each: use URL. With a number
// behind it only the events of a stream, none longer than that.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"shop/client"
	"sort"
	"strconv"
	"strings"
	"time"
)

func say(values ...any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(values))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

func problem(err error) {
	var problem *client.ProblemError
	if !errors.As(err, &problem) {
		say("no problem", fmt.Sprint(err))
		return
	}
	first := client.ValueProblem{}
	if len(problem.Errors) > 0 {
		first = problem.Errors[0]
	}
	title := problem.Title
	if problem.Detail == "the answer is too long" {
		title = problem.Detail
	}
	say(problem.Status, title, first.In, first.Pointer, first.Code)
}

func petText(pet client.Pet) string {
	if pet.Cat != nil {
		return fmt.Sprint("cat ", pet.Cat.Lives)
	}
	var friends []string
	for _, friend := range pet.Dog.Friends {
		friends = append(friends, petText(friend))
	}
	return "dog " + strings.Join(friends, ",")
}

func main() {
	ctx, url := context.Background(), os.Args[1]
	if len(os.Args) > 2 {
		watch(ctx, url, got(strconv.ParseInt(os.Args[2], 10, 64)))
		return
	}
	c := client.New(url, client.Options{Prepare: func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer t")
		return nil
	}})
	listed := got(c.ListItems(ctx, client.ListItemsInput{
		Limit:      client.Ptr(int32(5)),
		State:      []client.State{client.StateSold, client.StateForSale},
		Tags:       []string{"a", "b"},
		InStock:    true,
		Session:    client.Ptr("s 1"),
		XRequestID: client.Ptr("r;7"),
	}))
	say("list", listed[0].Title, listed[0].Made)
	_, err := client.New(url+"/", client.Options{}).ListItems(ctx, client.ListItemsInput{})
	problem(err)
	created := client.NewItem{Title: "grün", Price: client.Nullable[float64]{IsSet: true}}
	say("create", got(c.CreateItem(ctx, client.CreateItemInput{Body: created})).Title)
	_, err = c.CreateItem(ctx, client.CreateItemInput{Body: client.NewItem{}})
	problem(err)
	_, err = c.GetAPIItemsItemID(ctx, client.GetAPIItemsItemIDInput{ItemID: 404})
	problem(err)
	say("none", got(c.GetAPIItemsItemID(ctx, client.GetAPIItemsItemIDInput{ItemID: 204})))
	say("one", got(c.GetAPIItemsItemID(ctx, client.GetAPIItemsItemIDInput{ItemID: 7})).ID)
	change := client.ItemChange{Price: client.Nullable[float64]{IsSet: true}}
	say("change", got(c.ChangeItem(ctx, client.ChangeItemInput{ItemID: 7, Body: change})).Title)
	must(c.Delete(ctx, client.DeleteInput{ItemID: 7}))
	photos(ctx, c)
	forms(ctx, c)
	streams(ctx, c)
	_, err = client.New(url, client.Options{BytesMax: 3}).AddNote(ctx, client.AddNoteInput{Body: "a"})
	problem(err)
}

func watch(ctx context.Context, url string, bytesMax int64) {
	c := client.New(url, client.Options{BytesMax: bytesMax})
	for event, err := range c.Watch(ctx, client.WatchInput{}) {
		if err != nil && strings.Contains(err.Error(), "too long") {
			say("too long")
			return
		}
		must(err)
		say(event.Type, event.Data, event.ID, event.Retry.Milliseconds())
	}
	say("end")
}

func photos(ctx context.Context, c *client.Client) {
	name := "a b%ü.png"
	must(c.SetPhoto(ctx, client.SetPhotoInput{
		ItemID: 7, Name: name, Body: bytes.NewReader([]byte{0, 1, 255}),
	}))
	var numbers []int
	for _, one := range got(c.Photo(ctx, client.PhotoInput{ItemID: 7, Name: name})) {
		numbers = append(numbers, int(one))
	}
	say("photo", numbers)
	say("note", got(c.AddNote(ctx, client.AddNoteInput{Body: "grün"})))
}

func forms(ctx context.Context, c *client.Client) {
	login := client.Login{
		User: "a&b", Password: "=", Remember: client.Ptr(true), Scope: []string{"x", "y"},
	}
	say("login", got(c.Login(ctx, client.LoginInput{Body: login})).Token)
	file := client.File{Name: `a".txt`, ContentType: "text/plain", Content: strings.NewReader("hello")}
	sizes := got(c.Upload(ctx, client.UploadInput{Body: client.UploadBody{
		Title: "t\"\r\n", File: file, Tags: []string{"x", "yy"},
		Origin: &client.Place{Lat: 1, Lon: 2.5},
	}}))
	var pairs [][]any
	for name, size := range sizes {
		pairs = append(pairs, []any{name, size})
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i][0].(string) < pairs[j][0].(string) })
	say("upload", pairs)
}

func streams(ctx context.Context, c *client.Client) {
	for event, err := range c.Watch(ctx, client.WatchInput{Count: client.Ptr(int64(3))}) {
		must(err)
		say("event", event.Type, event.Data, event.ID)
	}
	for event, err := range c.Watch(ctx, client.WatchInput{Count: client.Ptr(int64(4))}) {
		must(err)
		if event.ID == "3" {
			break
		}
	}
	var texts []string
	for _, pet := range *got(c.Search(ctx, client.SearchInput{})).List {
		texts = append(texts, petText(pet))
	}
	say("pets", texts)
	filter := client.Filter{FilterChoice1: &client.FilterChoice1{
		Op: "not",
		Of: client.Filter{FilterChoice3: &client.FilterChoice3{
			Op: "equals", Value: &client.FilterChoice3Value{Number: client.Ptr(int64(7))},
		}},
	}}
	say("later", got(c.Search(ctx, client.SearchInput{Body: &filter})).Text)
	for _, wrong := range []string{"", ".", ".."} {
		_, err := c.Photo(ctx, client.PhotoInput{ItemID: 7, Name: wrong})
		say("refused", strings.Contains(err.Error(), "cannot be a part of a path"))
	}
	late, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	say("late", errors.Is(c.Class(late), context.DeadlineExceeded))
	aborted, abort := context.WithCancelCause(ctx)
	enough := errors.New("enough")
	time.AfterFunc(50*time.Millisecond, func() { abort(enough) })
	say("aborted", errors.Is(c.Class(aborted), enough))
}
