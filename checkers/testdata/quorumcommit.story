What a majority has flushed is committed, and stays.

== it does
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1,k2,k3 q-appended 0..3 crc=a
3 k1,k2 q-flushed 4
4 k1 q-high 1 4
5 k2 q-high 1 4
6 k1 killed
7 k2 q-leads 2
8 k2,k3 q-appended 4..4 epoch=2 crc=b
9 k2,k3 q-flushed 5
10 k2 q-high 2 5
=> holds

== planted quorum-unflushed-commit: who has is no voter
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1,b1,b2 q-appended 0..3 crc=a
3 k1,b1,b2 q-flushed 4
4 k1 q-high 1 4
=> quorum-unflushed-commit __cluster_metadata-0@4, event 4: k1, quorum leader in epoch 1, advanced the high watermark to 4, but 1 voters have flushed that far, not 2

== planted quorum-unflushed-commit: the voters as they were seen to vote
1 k1,k2,k3 q-voted 1 1
2 k1 q-leads 1
3 k1 q-appended 0..3 crc=a
4 k1 q-flushed 4
5 k1 q-high 1 4
=> quorum-unflushed-commit __cluster_metadata-0@4, event 5: k1, quorum leader in epoch 1, advanced the high watermark to 4, but 1 voters have flushed that far, not 2

== planted quorum-unflushed-commit: what a voter has flushed there is something else
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1 q-appended 0..3 crc=a
3 k2 q-appended 0..3 epoch=0 crc=b
4 k1,k2 q-flushed 4
5 k1 q-high 1 4
=> quorum-unflushed-commit __cluster_metadata-0@4, event 5: k1, quorum leader in epoch 1, advanced the high watermark to 4, but 1 voters have flushed that far, not 2

== planted quorum-committed-lost: a leader with something else
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1,k2 q-appended 0..3 crc=a
3 k3 q-appended 0..5 epoch=0 crc=b
4 k1,k2 q-flushed 4
5 k1 q-high 1 4
6 k3 q-leads 2
=> quorum-committed-lost __cluster_metadata-0@0, event 6: k3 became quorum leader in epoch 2 without offset 0, but everything below offset 4 was committed

== planted quorum-committed-lost: one who was replaced commits what the new leader has not
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1 q-appended 0..3 crc=a
3 k2 q-appended 0..3 crc=a
4 k3 q-recovered 0 0
5 k3 q-leads 2
6 k1,k2 q-flushed 4
7 k1 q-high 1 4
=> quorum-committed-lost __cluster_metadata-0@4, event 7: k1, which led the quorum in epoch 1, advanced the high watermark to 4, but k3, leader in epoch 2, lacks it

== a voter whose disk was emptied, and one who never had it
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1,k2 q-appended 0..3 crc=a
3 k1,k2 q-flushed 4
4 k1 q-high 1 4
5 k2 wiped
6 k2 q-recovered 0 0
7 k3 q-recovered 0 0
8 k3 q-leads 2
=> quorum-committed-lost __cluster_metadata-0@0, event 8: k3 became quorum leader in epoch 2 without offset 0, but everything below offset 4 was committed [permitted: the disk of k2 was emptied]

== planted quorum-committed-lost: but if two others still have it
config voters=k1,k2,k3,k4,k5
1 k1 q-leads 1
2 k1,k2,k3,k4 q-appended 0..3 crc=a
3 k1,k2,k3,k4 q-flushed 4
4 k1 q-high 1 4
5 k2 wiped
6 k2 q-recovered 0 0
7 k5 q-recovered 0 0
8 k5 q-leads 2
=> quorum-committed-lost __cluster_metadata-0@0, event 8: k5 became quorum leader in epoch 2 without offset 0, but everything below offset 4 was committed

== a leader that was replaced may learn late what was committed
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1,k2 q-appended 0..3 crc=a
3 k1,k2 q-flushed 4
4 k2 q-leads 2
5 k1 q-high 1 4
=> holds

== in its next life a node does not know yet what it had taken for committed
config voters=k1,k2,k3
1 k1 q-leads 1
2 k1,k2 q-appended 0..3 crc=a
3 k1,k2 q-flushed 4
4 k1 q-high 1 4
5 k2 wiped
6 k2 q-appended 0..0 epoch=2 crc=b
7 k2 q-leads 2
8 k1 killed
9 k1 q-recovered 0 4
10 k1 q-truncated 0
=> quorum-committed-lost __cluster_metadata-0@0, event 7: k2 became quorum leader in epoch 2 without offset 0, but everything below offset 4 was committed [permitted: the disk of k2 was emptied]
