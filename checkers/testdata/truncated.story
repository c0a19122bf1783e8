A log is not cut below its high watermark.

== only the tail goes
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 5
4 b0 truncated 5
5 b0 recovered 0 5
6 b0 appended 5..7
=> holds

== planted truncated-committed: records that could be read go
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 5
4 b0 truncated 4
=> truncated-committed t-0@4, event 4: b0 cut its log to 4 (truncation), but everything below 5 could be read
