// Package page is what the page of gregor ui asks for: runs that are stepped, looked into and branched, as JSON.
//
// [Runs] answers one request with one response, both JSON, and nothing else: gregor ui hands it what comes by HTTP, and
// the exported page runs the very same code compiled to WebAssembly in a worker. The files of the page are in [Site].
//
// A run on the page is a [scenarios.Cursor]: nothing that is asked changes what happens in it, and a fault made by hand
// leads into a branch. The number of runs that are held is bounded; the page opens one that is gone again, by its
// token.
package page
