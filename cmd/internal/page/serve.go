//go:build !js

package page

import (
	"io"
	"net"
	"net/http"
	"sync"
)

// requestBytesMax bounds what a page may send: a scenario's text, at most.
const requestBytesMax = 2 << 20

// Handler serves the page, and what it asks for at api, to browsers on this machine: a request by another name than a
// loopback address is refused, so that no other site's page reaches it, and so is one that a form could send.
func Handler() http.Handler {
	var mu sync.Mutex
	var runs Runs
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(Site()))
	mux.HandleFunc("POST /api", func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "Content-Type must be application/json", http.StatusUnsupportedMediaType)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, requestBytesMax))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		mu.Lock()
		out := runs.Do(body)
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.Write(out) // a page that has gone misses nothing
	})
	return local(mux)
}

// local refuses requests whose Host is not a loopback address.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		host, _, err := net.SplitHostPort(q.Host)
		if err != nil {
			host = q.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this page is for this machine: open it at 127.0.0.1", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'wasm-unsafe-eval'")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, q)
	})
}
