The high watermark rises, up to the log's end.

== it rises
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 4
4 b0 high 4 10
=> holds

== planted high-watermark-back: it falls
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 10
4 b0 high 4 8
=> high-watermark-back t-0@8, event 4: b0 moved the high watermark from 10 to 8

== planted high-watermark-beyond-end: it passes the end
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 11
=> high-watermark-beyond-end t-0@11, event 3: b0 moved the high watermark to 11, but its log ends at 10

== it may begin lower after a restart
1 b0 recovered 0 0 clean
2 b0 started
3 b0 appended 0..9
4 b0 high 0 10
5 b0 killed
6 b0 recovered 0 10
7 b0 high 0 6
=> holds
