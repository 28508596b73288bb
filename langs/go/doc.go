// Package trivet serves HTTP with the Trivet engine: one C++ server on io_uring or epoll, behind
// the idiom of Go.
//
//	app := trivet.New()
//	app.Get("/", func(c *trivet.Ctx) error { return c.JSON(trivet.Map{"hello": "world"}) })
//	app.Run(":8000")
//
// Routes may stand in groups ([App.Group]) with hooks before and after them ([App.Before],
// [App.After]), errors become answers in one place ([App.OnError]), and named routes give their URLs
// ([App.URL]). Listen and Run serve with a loop for each CPU, or with several processes ([Config]).
//
// A handler runs on a goroutine and may block. A handler registered with [Inline] runs on the
// loop's own thread, which saves the hand-over and must therefore never block.
//
// The answer leaves when the handler returns: until then a [Ctx] can be read, and afterwards every
// use of it gives [ErrStale] or a zero value. A handler that returns an error is answered with its
// [HTTPError], or with 500 and a line in the log.
package trivet
