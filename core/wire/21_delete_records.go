package wire

// DeleteRecords (key 21): 0-2.
//
//	0     offset -1 means the high watermark (KIP-107)
//	2     flexible
var deleteRecordsAPI = API{Key: 21, Name: "DeleteRecords", Min: 0, Max: 2, Served: 0, FlexibleFrom: 2, On: OnBroker,
	body: newShape(`
	topics []struct {
		name string
		partitions []struct {
			partition int32
			offset int64
		}
	}
	timeout int32
`)}
