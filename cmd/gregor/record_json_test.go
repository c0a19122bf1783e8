package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestHeadersKeepTheirOrderAndRepeat(t *testing.T) {
	want := []kgo.RecordHeader{{Key: "b", Value: []byte("first")}, {Key: "a", Value: nil},
		{Key: "b", Value: []byte("second")}}
	for _, line := range []string{
		`{"value":"x","headers":{"b":"first","a":null,"b":"second"}}`,
		`{"value":"x","headers":[{"key":"b","value":"first"},{"key":"a","value":null},{"key":"b","value":"second"}]}`,
	} {
		r, err := recordOfJSON([]byte(line))
		require.NoError(t, err, line)
		require.Equal(t, want, r.Headers, line)
	}
}

func TestWhatIsNoRecordIsNamed(t *testing.T) {
	for line, want := range map[string]string{
		`{"value":1}`:                                 `"value": it takes a text or null, not a number`,
		`{"partition":"x"}`:                           `"partition": it takes the number of a partition, not a string`,
		`{"partition":5000000000}`:                    `"partition": it takes the number of a partition, not a number 5000000000`,
		`{"timestamp":1.5}`:                           `"timestamp": it takes a time in milliseconds since 1970, not a number 1.5`,
		`{"value_base64":"%%"}`:                       `"value_base64": it takes a text in base64`,
		`{"key":"a","key_base64":"YQ=="}`:             `"key_base64": it is given as a text and in base64`,
		`{"value":"a","value":"b"}`:                   `"value": it comes twice`,
		`{"valeu":"x"}`:                               `"valeu": it is not a field of a record: those are key, value, headers, partition, timestamp, key_base64 and value_base64`,
		`{"headers":"a"}`:                             `"headers": it takes {"name": "value"} or a list of {"key", "value"}`,
		`{"headers":{"a":1}}`:                         `"headers": "a": it takes a text or null, not a number`,
		`{"headers":[{"key":"a","value":"b","x":1}]}`: `"headers": "x": it is not a field of a header: those are key, value and value_base64`,
		`{"headers":["a"]}`:                           `"headers": it takes an object in { }`,
		`[]`:                                          `it takes an object in { }`,
		`{"value":"x"`:                                `the object does not end`,
		`{"value":"x"} {}`:                            `something follows the object; there is one object a line`,
		``:                                            `the object does not end`,
	} {
		_, err := recordOfJSON([]byte(line))
		require.ErrorContains(t, err, " is no record: "+want, line)
		require.NotContains(t, err.Error(), "Go ", line)
	}
}
