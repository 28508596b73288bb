// Content in pieces on net/http: `nethttp_streams PORT`. GOMAXPROCS=1 from the runner.
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
)

var piece = bytes.Repeat([]byte("x"), 65536)

func upload(w http.ResponseWriter, r *http.Request) {
	size, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, "the content broke off", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, strconv.FormatInt(size, 10))
}

// write sends what next gives, each when it is there.
func write(w http.ResponseWriter, r *http.Request, kind string, next func(number int64) []byte) {
	count, _ := strconv.ParseInt(r.PathValue("n"), 10, 64)
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", kind)
	for number := int64(1); number <= count; number++ {
		if _, err := w.Write(next(number)); err != nil {
			return
		}
		if control.Flush() != nil {
			return
		}
	}
}

func main() {
	http.HandleFunc("POST /upload", upload)
	http.HandleFunc("GET /pieces/{n}", func(w http.ResponseWriter, r *http.Request) {
		write(w, r, "application/octet-stream", func(int64) []byte { return piece })
	})
	http.HandleFunc("GET /events/{n}", func(w http.ResponseWriter, r *http.Request) {
		event := make([]byte, 0, 96)
		write(w, r, "text/event-stream", func(number int64) []byte {
			event = append(event[:0], "id: "...)
			event = strconv.AppendInt(event, number, 10)
			event = append(event, "\ndata: message "...)
			event = strconv.AppendInt(event, number, 10)
			return append(event, "\n\n"...)
		})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
