// Package outcome keeps back the response to a change of the cluster until the node that answers has read of what came
// of it: a client that goes on with this node finds the topics that it created and can use them, and those that it
// deleted are gone. Kafka answers at once and has the client try again.
//
// It promises that a response waits for two seconds at most, and that the continuation is called once. What is waited
// for is looked at in every step; how much there is, is bounded by the requests that may wait.
//
// [Creations] has topics created that a client named and that do not exist, each name once at a time.
package outcome
