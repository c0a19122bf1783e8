package wire

// InitProducerId (key 22): 0-5.
//
//	0     a new id; of a transactional producer the same id with the next epoch
//	2     flexible
//	3     the producer may name the id and epoch it has (KIP-360)
//	4     PRODUCER_FENCED may come back (KIP-588)
//	5     TRANSACTION_ABORTABLE may come back (KIP-890). 6 (KIP-939) is not stable in 4.4
var _ = serve(API{Key: 22, Name: "InitProducerId", Min: 0, Max: 5, Served: 0, FlexibleFrom: 2, On: OnBroker,
	body: newShape(`
	transactionalID ?string
	timeout int32
	producerID int64 3+
	producerEpoch int16 3+
`)})
