// The routes of the conformance drivers that the ambiguous cases ask for, on net/http.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	log.SetOutput(io.Discard) // the server logs what it refuses
	mux := http.NewServeMux()
	for _, pattern := range []string{"/hello", "/body", "/echo", "/users/{id}", "/r/"} {
		mux.HandleFunc(pattern, answer)
	}
	server := &http.Server{Addr: "127.0.0.1:" + os.Args[1], Handler: mux}
	if err := server.ListenAndServe(); err != nil {
		os.Exit(1)
	}
}

// answer reads the content to its end, as handlers do that want it.
func answer(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, "Hello, World!")
}
