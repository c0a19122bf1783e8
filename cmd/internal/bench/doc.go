// Package bench loads brokers and measures what they do, and what it costs them.
//
// A [Case] is one load: produce or fetch, with pre-encoded batches over plain sockets ("raw", so that the broker's
// cost shows and not the client's) or through franz-go's client ("kgo", what an application sees). [Run] puts each
// case to every [Target] in turn, and in turn with the ideal pipe of package ideal, several times over: figures on
// a shared machine drift, ratios measured in alternation do not. A [Report] keeps every run and says medians,
// spreads and ratios, as JSON and as a table; the command plot draws one.
//
// Latencies at a fixed rate count from when a request should have been sent: a stalled broker cannot hide what it
// did to the requests that were kept waiting (no coordinated omission).
//
// It asserts nothing about speed and is no test. A target is any Kafka-compatible broker; the CPU and memory of one
// are reported only if it was started here or its process id is given, on Linux.
package bench
