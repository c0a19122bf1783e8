The high watermark rises, up to the log's end.

== it rises
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 4
4 b0 high 4 10
=> holds

== it may begin lower after a restart
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 killed
6 b0 recovered 0 10
7 b0 high 0 6
=> holds

== a follower learns it from its leader
1 - cluster 2
2 b1,b2 appended 0..4
3 b1 high 0 5
4 b2 high 0 5
=> holds

== what a follower hears of as committed and as deleted at once could not be read
1 - cluster 3
2 b1,b2,b3 appended 0..4 crc=a
3 b1 appended 5..5 crc=b
4 b1 says 1/1 2 1,2,3 2,3
5 b2 leads 1
5 b2 isr 1 1 2,3
6 b3 follows 2 1
7 b2,b3 appended 5..5 epoch=1 crc=c
8 b2 high 0 6
9 b2,b3 start 6 retention.ms
10 b1 follows 2 1
11 b1 high 0 6
11 b1 start 6 delete-records
12 b1 started
=> holds
