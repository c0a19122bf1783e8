A log grows at its end, batch by batch; a batch's place is never taken by another unless a truncation was told.

== batches follow each other
1 b0 recovered 0 0 clean
2 b0 leads 0
3 b0 appended 0..4 crc=a
4 b0 appended 5..5 crc=b
=> holds

== planted append-contiguous: a hole
1 b0 recovered 0 0 clean
2 b0 leads 0
3 b0 appended 0..4
4 b0 appended 6..7
=> append-contiguous t-0@6, event 4: b0 appended a batch at offset 6, but its log end offset was 5

== a follower may skip what compaction took from its leader
1 b0 recovered 0 0
2 b0 appended 0..4
3 b0 appended 6..7
=> holds

== planted append-contiguous: the same batch again
1 b0 recovered 0 0 clean
2 b0 appended 0..4 crc=a
3 b0 appended 0..4 crc=a
=> append-contiguous t-0@0, event 3: b0 appended a batch at offset 0, but its log end offset was 5

== another batch in its place after a truncation
1 b0 recovered 0 0 clean
2 b0 appended 0..4 crc=a
3 b0 truncated 0
4 b0 recovered 0 0
5 b0 appended 0..4 crc=b
=> holds
