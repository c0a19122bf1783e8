//go:build js && wasm

// Command worker is the simulator in the exported page's web worker: it answers the requests of package page.
package main

import (
	"runtime/debug"
	"syscall/js"

	"gregor/cmd/internal/page"
)

func main() {
	debug.SetGCPercent(400)
	var runs page.Runs
	js.Global().Set("gregor", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return string(runs.Do([]byte(args[0].String())))
	}))
	select {} // the functions stay callable
}
