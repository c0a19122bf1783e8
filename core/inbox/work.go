package inbox

// The bounds of a step. Everything a step does keeps all other clients of the node waiting, so it does a bounded amount
// of work, whatever one request asks for. Work is counted in units: one for an element of a request's arrays, a
// partition that a fetch reads, or responseUnit bytes of a response. A unit takes about a microsecond.
//
// After StepUnits a step begins nothing more that can wait for the next one: requests that are held, fetches that are
// tried again, further parts.
const (
	StepUnits    = 4096
	responseUnit = 64
)

// Work counts the units of a step.
type Work struct{ units int }

// Reset begins a step.
func (w *Work) Reset() { w.units = 0 }

// Add counts units.
func (w *Work) Add(units int) { w.units += units }

// Units returns what has been counted in the step.
func (w *Work) Units() int { return w.units }

// Spent reports whether the step begins nothing more that can wait.
func (w *Work) Spent() bool { return w.units >= StepUnits }

// encoded counts n bytes of a response.
func (w *Work) encoded(n int) { w.units += n / responseUnit }
