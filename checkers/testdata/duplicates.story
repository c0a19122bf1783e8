Sent once, there once; unless the producer is not idempotent.

== a plain producer that tried twice
1 p1 send 1 a plain
2 p1 sent 1 1 attempts=2
log 0..2 0=a 1=a
=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1] [permitted: the producer is not idempotent and tried 2 times]

== planted duplicate: more often than it tried
1 p1 send 1 a plain
2 p1 sent 1 2 attempts=2
log 0..3 0=a 1=a 2=a
=> duplicate t-0@2, event 1: "a" of p1 is at offsets [0 1 2]

== planted duplicate: seen by consumers only
1 p1 send 1 a
2 p1 sent 1 0
3 c1 polled 1 0=a 1=a
=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1]

== an unclean leader does not know the producer, and the one who has the record leads again
1 - cluster 2
2 b1 says 0/1 1 1,2 1
2 b1 isr 0 1 1
3 b1 appended 0..0 pid=1/0/0 crc=a
4 b1 high 0 1
5 p1 send 1 b
6 b1 appended 1..1 pid=1/0/1 crc=b
7 b1 killed
8 b2 says 1/2 2 1,2 2 unclean
8 b2 broker 1 1 at=20 fenced
9 b2 leads 1
9 b2 isr 1 2 2
10 b1 registers 30
11 b1 recovered 0 2
12 b1 broker 1 30 at=39
12 b2 killed
13 b1 says 2/3 -1 1,2 -
13 b1 broker 2 2 at=40 fenced
14 b1 says 3/4 1 1,2 1 unclean
14 b1 leads 3
14 b1 isr 3 4 1
15 b1 appended 2..2 epoch=3 pid=1/1/0 crc=c
16 b1 high 2 3
17 p1 sent 1 2 attempts=3
log 0..3 0=a 1=b 2=b
=> leader-completeness t-0@0, event 9: b2 became leader in epoch 1 without offset 0, but everything below offset 1 was committed; b1 has it [permitted: unclean election of b2 in epoch 1]
=> duplicate t-0@2, event 5: "b" of p1 is at offsets [1 2] [permitted: unclean election of b2 in epoch 1]

== compaction has taken the batch by which a retry is recognised
1 p1 send 1 a
2 b0 recovered 0 0 clean
2 b0 appended 0..2
3 b0 high 0 3
4 b0 cleaning 3
5 b0 appended 3..3
6 b0 high 3 4
7 p1 sent 1 3 attempts=2
log 0..4 compacted 0=a 3=a
=> duplicate t-0@3, event 1: "a" of p1 is at offsets [0 3] [permitted: compaction up to offset 3 at event 4 removed batches by which a retry is recognised]

== a deletion has taken the batch by which a retry is recognised
1 p1 send 1 a
2 b0 recovered 0 0 clean
2 b0 appended 0..2
3 b0 high 0 3
3 c1 poll 1
3 c1 polled 1 from=0 0=a
4 b0 start 3 delete-records
5 b0 appended 3..3
6 b0 high 3 4
7 p1 sent 1 3 attempts=2
log 3..4 3=a
=> duplicate t-0@3, event 1: "a" of p1 is at offsets [0 3] [permitted: records below offset 3 were deleted at event 4, and so was the batch that identifies the retry]

== with it the producer tries again what was under way
1 p1 send 1 a
1 p1 send 2 b
2 b0 recovered 0 0 clean
2 b0 appended 0..0
3 b0 appended 1..1
3 b0 high 0 2
4 b0 start 1 delete-records
5 b0 appended 2..3
6 b0 high 2 4
7 p1 sent 1 2 attempts=2
7 p1 sent 2 3 attempts=2
8 c1 poll 1
8 c1 polled 1 from=0 0=a 1=b
log 1..4 1=b 2=a 3=b
=> duplicate t-0@2, event 1: "a" of p1 is at offsets [0 2] [permitted: records below offset 1 were deleted at event 4, and so was the batch that identifies the retry]
=> duplicate t-0@3, event 1: "b" of p1 is at offsets [1 3] [permitted: "a" was under way, too: records below offset 1 were deleted at event 4, and so was the batch that identifies the retry]

== also if nobody has seen the first copy of what was deleted
1 p1 send 1 a
2 p1 send 2 b
2 b0 recovered 0 0 clean
2 b0 appended 0..0
3 b0 appended 1..1
3 b0 high 0 2
4 b0 start 1 delete-records
5 b0 appended 2..3
6 b0 high 2 4
7 p1 sent 1 2 attempts=2
8 p1 sent 2 3 attempts=2
log 1..4 1=b 2=a 3=b
=> duplicate t-0@3, event 2: "b" of p1 is at offsets [1 3] [permitted: "a" was under way, too: records below offset 1 were deleted at event 4, and so was the batch that identifies the retry]

== planted duplicate: nothing had been deleted when the one before was acknowledged
1 p1 send 1 a
2 p1 send 2 b
2 b0 recovered 0 0 clean
2 b0 appended 0..0
3 b0 appended 1..1
3 b0 high 0 2
5 b0 appended 2..3
6 b0 high 2 4
7 p1 sent 1 2 attempts=2
8 p1 sent 2 3 attempts=2
9 b0 start 1 delete-records
log 1..4 1=b 2=a 3=b
=> duplicate t-0@3, event 2: "b" of p1 is at offsets [1 3]

== planted duplicate: the one before was sent once
1 p1 send 1 a
2 p1 send 2 b
2 b0 recovered 0 0 clean
2 b0 appended 0..0
3 b0 appended 1..1
3 b0 high 0 2
4 b0 start 1 delete-records
5 b0 appended 2..3
6 b0 high 2 4
7 p1 sent 1 2
8 p1 sent 2 3 attempts=2
log 1..4 1=b 2=a 3=b
=> duplicate t-0@3, event 2: "b" of p1 is at offsets [1 3]

== planted duplicate: but not what it sends later
1 p1 send 1 a
2 b0 recovered 0 0 clean
2 b0 appended 0..0
3 b0 high 0 1
4 b0 start 1 delete-records
5 b0 appended 1..1
6 b0 high 1 2
6 p1 sent 1 1 attempts=2
7 p1 send 2 b
8 b0 appended 2..3
9 b0 high 2 4
10 p1 sent 2 3 attempts=2
11 c1 poll 1
11 c1 polled 1 from=0 0=a
log 1..4 1=a 2=b 3=b
=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1] [permitted: records below offset 1 were deleted at event 4, and so was the batch that identifies the retry]
=> duplicate t-0@3, event 7: "b" of p1 is at offsets [2 3]

== planted duplicate: compaction came too late to have taken it
1 p1 send 1 a
2 b0 recovered 0 0 clean
2 b0 appended 0..3
3 b0 high 0 4
4 p1 sent 1 3 attempts=2
5 b0 cleaning 3
log 0..4 compacted 0=a 3=a
=> duplicate t-0@3, event 1: "a" of p1 is at offsets [0 3]
