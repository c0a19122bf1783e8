What one producer sends to a partition keeps its order.

== it does
1 p1 send 1 k:a
1 p2 send 1 other
2 p1 send 2 k:b
3 p1 sent 1 0
4 p1 sent 2 2
log 0..3 0=k:a 1=other 2=k:b
=> holds

== planted nonmonotonic-send: it does not
1 p1 send 1 a
2 p1 send 2 b
3 p1 sent 1 1
4 p1 sent 2 0
log 0..2 0=b 1=a
=> nonmonotonic-send t-0@0, event 4: p1 sent "a" before "b", but they are at offsets 1 and 0

== planted key-order: nor for one key
1 p1 send 1 k:a
2 p1 send 2 j:b
3 p1 send 3 k:c
4 p1 sent 1 2
5 p1 sent 2 3
6 p1 sent 3 1
log 1..4 1=k:c 2=k:a 3=j:b
=> key-order t-0@1, event 6: p1 sent "a" before "c" with key "k", but they are at offsets 2 and 1

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
=> nonmonotonic-send t-0@1, event 5: p1 sent "a" before "b", but they are at offsets 2 and 1 [permitted: everything below 2 was deleted at event 6, and with it that by which a retry is recognised]

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
