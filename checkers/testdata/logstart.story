Retention and DeleteRecords move the log start up, over what could be read only.

== it rises
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 8
4 b0 start 4 retention.ms
5 b0 start 8 delete-records
=> holds

== planted log-start-back: it falls
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 8
4 b0 start 4 retention.ms
5 b0 start 3 retention.ms
=> log-start-back t-0@3, event 5: b0 moved the log start from 4 to 3

== planted log-start-beyond-high-watermark: it takes what nobody could read
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 8
4 b0 start 9 retention.bytes
=> log-start-beyond-high-watermark t-0@9, event 4: b0 deleted everything below 9 (retention.bytes), but only what is below 8 could be read
