After a failed write or sync a log rests until it is recovered.

== it rests
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 fenced
4 b0 killed
5 b0 recovered 0 9
6 b0 appended 9..10
=> holds

== a leader whose disk has space again drops what has not reached its files
1 b0 recovered 0 0 clean
2 b0 leads 0
3 b0 appended 0..4
4 b0 appended 5..6
5 b0 appended 7..9
6 b0 high 0 5
7 b0 fenced
8 b0 cutting 7
8 b0 truncated 7
9 b0 recovered 0 7
10 b0 appended 7..8 crc=b
=> holds

== planted truncated-committed: it drops what could be read
1 b0 recovered 0 0 clean
2 b0 leads 0
3 b0 appended 0..4
4 b0 high 0 5
5 b0 fenced
6 b0 truncated 0
=> truncated-committed t-0@0, event 6: b0 truncated its log to offset 0 (truncation), but everything below offset 5 was committed

== a follower whose disk has space again drops what it had not written, and the others have committed that without it
1 - cluster 3
2 b1 says 1/1 1 1,2,3 1,2
3 b1 leads 1
3 b1 isr 1 1 1,2
4 b2 follows 1 1
5 b1,b2 appended 0..4 crc=a
6 b1 high 0 5
7 b1,b2 appended 5..6 crc=b
8 b2 fenced
9 b1 says 1/2 1 1,2,3 1
10 b1 isr 1 2 1
11 b1 high 5 7
12 b2 cutting 5
13 b2 truncated 5
14 b2 recovered 0 5
=> holds

== planted truncated-committed: it drops what its leader has counted on
1 - cluster 3
2 b1 says 1/1 1 1,2,3 1,2
3 b1 leads 1
3 b1 isr 1 1 1,2
4 b2 follows 1 1
5 b1,b2 appended 0..4 crc=a
6 b1 high 0 5
7 b1,b2 appended 5..6 crc=b
8 b1 high 5 7
9 b2 fenced
10 b2 cutting 5
11 b2 truncated 5
12 b2 recovered 0 5
=> truncated-committed t-0@5, event 10: b2 truncated its log to offset 5 (truncation), but everything below offset 7 was committed
=> strong-isr t-0@5, event 12: b2 is in the ISR, but lacks offset 5: everything below offset 7 was committed
