// Package drill is the live drill: real broker processes are killed with SIGKILL under load and restarted, again and
// again, while a stock client (franz-go) sends; afterwards everything that was acknowledged must be there, unchanged,
// once, and in order. One drill kills a broker that is alone, one the leaders of a cluster of three, whose replicas
// must end up with the same bytes.
//
// It promises nothing about power cuts: a killed process leaves its writes in the page cache. The simulator is
// for the rest.
package drill
