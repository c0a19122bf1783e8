The logs of the metadata quorum agree.

== a log that follows another
1 k1 q-appended 0..0 crc=a
2 k2 q-appended 0..0 crc=a
3 k1 q-appended 1..3 crc=b
4 k2 q-truncated 0
5 k2 q-recovered 0 0
6 k2 q-appended 0..0 epoch=2 crc=c
=> holds

== planted quorum-append-contiguous: an epoch falls
1 k1 q-appended 0..0 epoch=2
2 k1 q-appended 1..3 epoch=1
=> quorum-append-contiguous __cluster_metadata-0@1, event 2: k1 appended a batch of epoch 1 after one of epoch 2

== planted quorum-append-contiguous: a log that grew while it was not open
1 k1 q-appended 0..3
2 k1 killed
3 k1 q-recovered 0 5
=> quorum-append-contiguous __cluster_metadata-0@4, event 3: k1 has log end offset 5 after the restart, and had 4 before

== a follower begins anew where a snapshot ends
1 k1 q-appended 0..9 crc=a
1 k1 q-flushed 10
2 k1 q-voted 1 1
3 k1 q-leads 1
4 k1 q-high 1 10
5 k2 q-snapshot 10 1
6 k2 q-recovered 0 0
7 k2 q-truncated 10
8 k2 q-recovered 10 10
9 k1,k2 q-appended 10..12 crc=b
10 k1 q-flushed 13
11 k1 q-high 1 13
12 k2 q-high 1 13
=> holds

== what was not committed may have been cut
1 k1,k2 q-appended 0..0 crc=a
2 k1,k2 q-flushed 1
3 k1 q-leads 1
4 k1 q-high 1 1
5 k2 q-appended 1..3 crc=b
6 k2 q-flushed 4
7 k2 q-cutting 1
8 k2 power-cut
9 k2 q-recovered 0 1
=> holds

== a node that begins anew may have dropped what a snapshot covers
1 k1 q-leads 1
2 k1,k2 q-appended 0..3
3 k1,k2 q-flushed 4
4 k1 q-high 1 4
5 k2 q-cutting 0 anew
6 k2 killed
7 k2 q-recovered 0 0
=> holds

== planted quorum-lost-flushed: nobody was cutting what was not committed
1 k1,k2 q-appended 0..0 crc=a
2 k1,k2 q-flushed 1
3 k1 q-leads 1
4 k1 q-high 1 1
5 k2 q-appended 1..3 crc=b
6 k2 q-flushed 4
7 k2 power-cut
8 k2 q-recovered 0 1
=> quorum-lost-flushed __cluster_metadata-0@1, event 8: k2 had flushed up to offset 4, but its log end offset is 1 after the restart

== nothing survives an emptied disk
1 k1 q-leads 1
2 k1 q-appended 0..3
3 k1 q-flushed 4
4 k1 q-high 1 4
5 k1 wiped
6 k1 q-recovered 0 0
=> holds

== a damaged disk is no news where others have the log
1 k1 q-leads 1
2 k1,k2,k3 q-appended 0..3
3 k1,k2,k3 q-flushed 4
4 k1 q-high 1 4
5 k2 damaged
6 k2 killed
7 k2 q-recovered 0 2
=> holds

== but where nobody has it
1 k1 q-leads 1
2 k1 q-appended 0..3
3 k1 q-flushed 4
4 k1 q-high 1 4
5 k1 damaged
6 k1 killed
7 k1 q-recovered 0 2
=> quorum-lost-flushed __cluster_metadata-0@2, event 7: k1 had flushed up to offset 4, but its log end offset is 2 after the restart [permitted: the disk of k1 was damaged]

== who is in an older epoch makes way for its own leader, whatever a newer one has committed
1 k1,k4 q-appended 0..0 crc=a
1 k1,k2,k3 q-flushed 1
2 k1 q-leads 1
3 k1 q-high 1 1
4 k1,k4 q-appended 1..1 crc=b
5 k2 q-leads 2
6 k2 q-appended 1..1 crc=c epoch=2
7 k1 q-leads 3
8 k3 q-appended 1..1 crc=b
9 k1,k3 q-appended 2..2 crc=d epoch=3
10 k1,k3 q-flushed 3
11 k1 q-high 3 3
12 k4 q-cutting 1 epoch=2
12 k4 q-truncated 1
=> holds

== planted quorum-truncated-committed: but not what was committed before
1 k1,k4 q-appended 0..0 crc=a
1 k1,k2,k3 q-flushed 1
2 k1 q-leads 1
3 k1 q-high 1 1
5 k2 q-leads 2
7 k1 q-leads 3
12 k4 q-cutting 0 epoch=2
12 k4 q-truncated 0
=> quorum-truncated-committed __cluster_metadata-0@0, event 12: k4 truncated its metadata log to offset 0 (truncation), but everything below offset 1 was committed

== a life ends before it has reported the snapshot that it fetched
1 k1,k2 q-appended 0..3 crc=a
2 k1 q-flushed 4
3 k1 q-voted 1 1
4 k1 q-leads 1
5 k1 q-high 1 4
6 k1 q-appended 4..9 crc=b
7 k1 q-flushed 10
8 k1 q-high 1 10
9 k2 killed
10 k2 q-recovered 10 10
11 k1,k2 q-appended 10..12 crc=c
=> holds

== planted quorum-append-contiguous: a log that begins where nothing was committed
1 k1,k2 q-appended 0..3 crc=a
2 k1 q-flushed 4
3 k1 q-voted 1 1
4 k1 q-leads 1
5 k1 q-high 1 4
6 k2 killed
7 k2 q-recovered 10 10
=> quorum-append-contiguous __cluster_metadata-0@4, event 7: k2 has log end offset 10 after the restart, and had 4 before
