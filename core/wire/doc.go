// Package wire is Kafka's protocol as pure functions: frames, headers, the table of APIs a node serves and on
// which listeners, requests in and responses out. It is both halves of a connection: a broker's ([Protocol],
// [AppendResponse]) and a client's ([ClientProtocol], [AppendRequest], [DecodeResponse], [Negotiate]).
//
// What it promises:
//
//   - Whatever bytes a client sends, decoding ends in a request or in one clear error. It never panics, and what it
//     allocates is bounded: a frame's structure is walked against the API's shape, and its elements and tags
//     are counted, before anything is allocated for them (limits.go states the bounds, hostile_test.go
//     measures them).
//   - Produce and Fetch requests are decoded by hand into slices that are used again: no allocation in steady
//     state. The record batches of a Produce are validated here, on the connection's goroutine; one bad batch
//     becomes an error code of its partition, never the end of the connection. Those that are compressed are
//     left to Request.Finish (env.Unfinished), which the host calls when there is memory for it.
//   - A Fetch response is a list of [env.Segment]: record bytes are never copied.
//
// The strings of a request are its own and may be kept. Byte slices (Records, Batch) point into the frame
// and live until Buffer.Release; the bytes inside a kmsg Body are its own too.
//
// What it does not do: it keeps no state between frames, decides nothing about topics or groups, and knows no
// sockets. It decodes what any listener serves; that a request came to the wrong one is for the node to see
// (API.On). A client trusts its broker: responses are bounded by their
// frame's size only. kmsg is the codec of every API but Produce requests and responses and Fetch requests and
// responses.
//
// # Adding an API
//
// There is one file per API (00_produce.go, 01_fetch.go, …), opening with its versions and what each one changed. A new
// one takes two files:
//
//  1. NN_name.go here, with its row: key, name, versions, the listeners that serve it, whether a broker forwards it to
//     the controller, the shape of its request, how it is refused as a whole, and how a large one is cut. ApiVersions,
//     decoding, framing and the bounds on a request follow from it.
//  2. Its handler in core/broker, registered in handlers.go. A forwardable one needs none: the controller decides it.
//
// A node does not start while the table and the handlers differ, and a test of core/broker fails. Kafka's table, in
// testdata/kafka-4.4.txt, has the API already or gets its line.
package wire
