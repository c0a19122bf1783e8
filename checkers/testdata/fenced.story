After a failed write or sync a log rests until it is recovered.

== it rests
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 fenced
4 b0 killed
5 b0 recovered 0 9
6 b0 appended 9..10
=> holds

== planted fenced-partition-moved: it goes on
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 fenced
4 b0 high 0 10
=> fenced-partition-moved t-0, event 4: b0 moved its high watermark after it had fenced the partition

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
=> truncated-committed t-0@0, event 6: b0 cut its log to 0 (truncation), but everything below 5 could be read
