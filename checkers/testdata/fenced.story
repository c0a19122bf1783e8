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
