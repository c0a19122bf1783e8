What one producer sends to a partition keeps its order.

== it does
1 p1 send 1 k:a
1 p2 send 1 other
2 p1 send 2 k:b
3 p1 sent 1 0
4 p1 sent 2 2
log 0..3 0=k:a 1=other 2=k:b
=> holds

== a plain producer may overtake itself
1 p1 send 1 a plain
2 p1 send 2 b plain
3 p1 sent 1 1
4 p1 sent 2 0
log 0..2 0=b 1=a
=> nonmonotonic-send t-0@0, event 4: p1 sent "a" before "b", but they are at offsets 1 and 0 [permitted: the producer is not idempotent and had both under way at once]

== planted nonmonotonic-send: but not what was acknowledged before
1 p1 send 1 a plain
2 p1 sent 1 1
3 p1 send 2 b plain
4 p1 sent 2 0
log 0..2 0=b 1=a
=> nonmonotonic-send t-0@0, event 4: p1 sent "a" before "b", but they are at offsets 1 and 0
=> linearizable t-0@1, event 2: "a" at offset 1 was acknowledged or read at event 2, but "b" at offset 0 was not sent before event 3

== two lives of a client are two producers
1 p1 send 1 a
2 p1 crashed
3 p1 send 1 b
4 p1 sent 1 0
log 0..2 0=b 1=a
=> holds

== what a retry puts behind the next, since its first try was deleted
1 p1 send 1 a
2 p1 send 2 b
3 b0 recovered 0 0 clean
3 b0 appended 0..1
4 b0 high 0 2
5 p1 sent 2 1
6 b0 start 2 delete-records
7 b0 appended 2..2
7 b0 high 2 3
8 p1 sent 1 2 attempts=2
log 2..3 2=a
=> nonmonotonic-send t-0@1, event 5: p1 sent "a" before "b", but they are at offsets 2 and 1 [permitted: records below offset 2 were deleted at event 6, and so was the batch that identifies the retry]

== planted nonmonotonic-send: nothing was deleted before that
1 p1 send 1 a
2 p1 send 2 b
3 b0 recovered 0 0 clean
3 b0 appended 0..1
4 b0 high 0 2
5 p1 sent 2 1
7 b0 appended 2..2
7 b0 high 2 3
8 p1 sent 1 2 attempts=2
9 b0 start 2 delete-records
log 2..3 2=a
=> nonmonotonic-send t-0@1, event 5: p1 sent "a" before "b", but they are at offsets 2 and 1

== the deletion ended where the next begins
1 p1 send 1 a
2 p1 send 2 b
3 b0 recovered 0 0 clean
3 b0 appended 0..0
4 b0 high 0 1
5 b0 start 1 delete-records
6 b0 appended 1..2
7 b0 high 1 3
8 p1 sent 2 1
9 p1 sent 1 2 attempts=2
log 1..3 1=b 2=a
=> nonmonotonic-send t-0@1, event 8: p1 sent "a" before "b", but they are at offsets 2 and 1 [permitted: records below offset 1 were deleted at event 5, and so was the batch that identifies the retry]

== the deletion ended where two that were sent later begin
1 p1 send 1 a
2 p1 send 2 b
2 p1 send 3 c
3 b0 recovered 0 0 clean
3 b0 appended 0..0
4 b0 high 0 1
5 b0 start 1 delete-records
6 b0 appended 1..3
7 b0 high 1 4
8 p1 sent 2 1
8 p1 sent 3 2
9 p1 sent 1 3 attempts=2
log 1..4 1=b 2=c 3=a
=> nonmonotonic-send t-0@1, event 8: p1 sent "a" before "b", but they are at offsets 3 and 1 [permitted: records below offset 1 were deleted at event 5, and so was the batch that identifies the retry]
=> nonmonotonic-send t-0@2, event 8: p1 sent "a" before "c", but they are at offsets 3 and 2 [permitted: records below offset 1 were deleted at event 5, and so was the batch that identifies the retry]

== where the first copy was seen, no more need have been deleted
1 p1 send 1 a
2 p1 send 2 x
2 p1 send 3 b
3 b0 recovered 0 0 clean
3 b0 appended 0..2
4 b0 high 0 3
4 c1 poll 1
4 c1 polled 1 0=a 1=x
5 p1 sent 2 1
5 p1 sent 3 2
6 b0 start 1 delete-records
7 b0 appended 3..3
7 b0 high 3 4
8 p1 sent 1 3 attempts=2
log 1..4 1=x 2=b 3=a
=> duplicate t-0@3, event 1: "a" of p1 is at offsets [0 3] [permitted: records below offset 1 were deleted at event 6, and so was the batch that identifies the retry]
=> nonmonotonic-send t-0@1, event 5: p1 sent "a" before "x", but they are at offsets 3 and 1 [permitted: records below offset 1 were deleted at event 6, and so was the batch that identifies the retry]
=> nonmonotonic-send t-0@2, event 5: p1 sent "a" before "b", but they are at offsets 3 and 2 [permitted: records below offset 1 were deleted at event 6, and so was the batch that identifies the retry]

== planted nonmonotonic-send: the first copy was not deleted
1 p1 send 9 z
1 p1 send 1 a
2 p1 send 2 b
3 b0 recovered 0 0 clean
3 b0 appended 0..2
4 b0 high 0 3
4 c1 poll 1
4 c1 polled 1 0=z 1=a
5 p1 sent 9 0
5 p1 sent 2 2
6 b0 start 1 delete-records
7 b0 appended 3..3
7 b0 high 3 4
8 p1 sent 1 3 attempts=2
log 1..4 1=a 2=b 3=a
=> duplicate t-0@3, event 1: "a" of p1 is at offsets [1 3]
=> nonmonotonic-send t-0@2, event 5: p1 sent "a" before "b", but they are at offsets 3 and 2
