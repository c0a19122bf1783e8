package describe

import (
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/wire"
)

// Judgement is a broker's own answer to a resource of an AlterConfigs request; the zero value leaves it to the
// controller.
type Judgement struct {
	Code kafka.ErrorCode
	Text string
}

// Refuses reports whether the broker refuses the resource.
func (j Judgement) Refuses() bool { return j.Code != kafka.None }

// Message is the error message in a response.
func (j Judgement) Message() *string {
	if !j.Refuses() {
		return nil
	}
	return &j.Text
}

// Misdirected refuses the configs of another broker, and of none: the client asks the wrong one.
func (c *Cluster) Misdirected(on wire.Listeners, kind kmsg.ConfigResourceType, name string) Judgement {
	if kind != kmsg.ConfigResourceTypeBroker || name == "" || on&wire.OnBroker == 0 { // asked as the controller
		return Judgement{}
	}
	return c.OfThisBroker(name)
}

// OfThisBroker refuses a resource whose name is not this broker's id.
func (c *Cluster) OfThisBroker(name string) Judgement {
	id, err := strconv.ParseInt(name, 10, 32)
	switch {
	case err != nil:
		return Judgement{kafka.InvalidRequest, fmt.Sprintf("Node id must be an integer, but it is: %s", shortName(name))}
	case kafka.NodeID(id) != c.Self:
		return Judgement{kafka.InvalidRequest, fmt.Sprintf("Unexpected broker id, expected %d, but received %d", c.Self, id)}
	}
	return Judgement{}
}

const nameShownMax = 80 // bytes of a wrong name in an answer

func shortName(name string) string { return name[:min(len(name), nameShownMax)] }
