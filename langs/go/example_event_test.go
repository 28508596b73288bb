package trivet_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/trivet/trivet/langs/go"
)

func ExampleApp_SSE() {
	send(func(app *trivet.App) {
		app.SSE("/progress", func(_ *trivet.Ctx, out *trivet.Stream) error {
			for percent := 50; percent <= 100; percent += 50 {
				event := trivet.Event{Event: "progress", Data: trivet.Map{"percent": percent}}
				if err := out.Send(event); err != nil {
					return err // the client has left
				}
			}
			return out.Send("done")
		})
	}, "GET", "/progress", "")
	// Output: 200 event: progress data: {"percent":50} event: progress data: {"percent":100} data: done
}

// A handler that waits begins the answer first, so that the client knows that it is connected.
func ExampleStream_Begin() {
	send(func(app *trivet.App) {
		app.SSE("/ticks", func(c *trivet.Ctx, out *trivet.Stream) error {
			if err := out.Begin(); err != nil {
				return err
			}
			ticks := make(chan int, 1)
			go func() {
				defer close(ticks)
				ticks <- 1
			}()
			return out.SendAll(trivet.Received(c, ticks))
		}, trivet.Heartbeat(10*time.Second))
	}, "GET", "/ticks", "")
	// Output: 200 data: 1
}

func ExampleCtx_EventStream() {
	send(func(app *trivet.App) {
		app.Get("/explicit", func(c *trivet.Ctx) error {
			out, err := c.EventStream(trivet.Retry(5 * time.Second))
			if err != nil {
				return err
			}
			return out.Send(trivet.Event{ID: "1", Data: "one\ntwo"})
		})
	}, "GET", "/explicit", "")
	// Output: 200 retry: 5000 id: 1 data: one data: two
}

// Each client gets each event; one that comes back gets what it has missed.
func ExampleEventHub() {
	send(func(app *trivet.App) {
		hub, err := trivet.NewEventHub(app, trivet.EventHubConfig{OwnIDs: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		app.Get("/news", func(c *trivet.Ctx) error {
			for n := range 3 { // as others do meanwhile
				event := trivet.Event{ID: fmt.Sprint(n), Data: "news"}
				if err := hub.Publish(event); err != nil {
					return err
				}
			}
			if err := hub.StreamAfter(c, "0"); err != nil {
				return err
			}
			return hub.Close()
		})
	}, "GET", "/news", "")
	// Output: 200 id: 1 data: news id: 2 data: news
}

func ExampleSSEStream() {
	send(func(app *trivet.App) {
		app.Get("/chat", func(c *trivet.Ctx) error {
			tokens := trivet.SSEStream(trivet.Values(slices.Values([]string{"Hel", "lo"})))
			err := tokens.Send(c)
			c.Loop().App().Log(trivet.LogInfo, fmt.Sprintf("%d tokens", tokens.Count()))
			return err
		})
	}, "GET", "/chat", "")
	// Output: 200 data: Hel data: lo data: [DONE]
}

func ExampleEvent_Append() {
	text, err := trivet.Event{ID: "7", Data: "a\nb"}.Append(nil)
	fmt.Printf("%q %v\n", text, err)
	// Output: "id: 7\ndata: a\ndata: b\n\n" <nil>
}
