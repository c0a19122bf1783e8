What the metadata says of a partition makes sense.

== it does
1 b1 says 0/0 1 1,2,3 1,2 elr=3
2 b1 says 1/1 -1 1,2,3 - elr=1,2,3
=> holds

== planted partition-malformed: in sync without a replica
1 b1 says 0/0 1 1,2,3 1,4
=> partition-malformed t-0, event 1: the ISR has a broker that is no replica: leader broker 1, epoch 0, replicas [broker 1 broker 2 broker 3], ISR [broker 1 broker 4], ELR [], min.insync.replicas 1

== planted partition-malformed: eligible without a replica
1 b1 says 0/0 1 1,2,3 1 elr=4
=> partition-malformed t-0, event 1: the ELR has a broker that is no replica: leader broker 1, epoch 0, replicas [broker 1 broker 2 broker 3], ISR [broker 1], ELR [broker 4], min.insync.replicas 1

== planted partition-malformed: in sync and eligible
1 b1 says 0/0 1 1,2,3 1,2 elr=2
=> partition-malformed t-0, event 1: a broker is in both the ISR and the ELR: leader broker 1, epoch 0, replicas [broker 1 broker 2 broker 3], ISR [broker 1 broker 2], ELR [broker 2], min.insync.replicas 1

== who is fenced leaves in the same step
1 - cluster 3
2 b1 says 1/1 2 1,2,3 2,3
2 b1 broker 1 1 at=20 fenced
3 b1 broker 2 2 at=21 fenced
3 b1 says 2/2 3 1,2,3 3
=> holds

== planted fenced-in-isr: one stays
1 - cluster 3
2 b1 broker 3 3 at=20 fenced
3 b1 broker 2 2 at=21
=> fenced-in-isr t-0, event 2: b3 is fenced, but in the ISR of partition epoch 0: [b1 b2 b3]

== planted fenced-in-isr: one is taken in
1 - cluster 3
2 b1 says 0/1 1 1,2,3 1,2
2 b1 broker 3 3 at=20 fenced
3 b1 says 0/2 1 1,2,3 1,2,3
=> fenced-in-isr t-0, event 3: b3 is fenced, but in the ISR of partition epoch 2: [b1 b2 b3]

== the last one stays, where nobody else is eligible
1 - cluster 2
2 b1 says 0/1 1 1,2 1
3 b1 says 1/2 -1 1,2 1
3 b1 broker 1 1 at=20 fenced
=> holds

== planted broker-epoch-back: registered with an older epoch
1 b1 registers 7
2 b1 killed
3 b1 registers 5
=> broker-epoch-back, event 3: b1 was registered with broker epoch 5 after broker epoch 7

== planted metadata-disagrees: of a broker
1 b1 broker 3 3 at=20 fenced
2 b2 broker 3 3 at=20
=> metadata-disagrees, event 2: at metadata offset 20 one node has broker 3 as {Broker:3 Epoch:3 At:20 Fenced:true Stopping:false Gone:false}, and b2 has it as {Broker:3 Epoch:3 At:20 Fenced:false Stopping:false Gone:false}

== a slow node says later what others have said, a setting changes without the partition
1 b1 says 0/0 1 1,2,3 1,2
2 b1 says 0/1 1 1,2,3 1
3 b1 says 0/1 1 1,2,3 1 min=2 at=15
4 b2 says 0/0 1 1,2,3 1,2
5 b2 says 0/1 1 1,2,3 1
6 b2 says 0/1 1 1,2,3 1 min=2 at=15
7 b1 applied 16 77
8 b2 applied 16 77
=> holds
