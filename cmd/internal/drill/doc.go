// Package drill is the live drill: a real broker process is killed with SIGKILL under load and restarted, again
// and again, while a stock client (franz-go) sends; afterwards everything that was acknowledged must be there,
// unchanged, once, and in order.
//
// It promises nothing about power cuts: a killed process leaves its writes in the page cache. The simulator is
// for the rest.
package drill
