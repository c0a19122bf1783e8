Retention and DeleteRecords move the log start up, over what could be read only. What was deleted on request is gone from
every replica that is alive.

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

== everybody alive has deleted what its leader says is deleted
1 - cluster 3
2 b1,b2,b3 appended 0..9
3 b1,b2,b3 high 0 8
4 b1,b2 start 8 delete-records
5 b1 deleted 8 1,2
6 b3 start 8 delete-records
=> holds

== a follower that came back after a crash may not remember what it has deleted
1 - cluster 2
2 b1,b2 appended 0..9
3 b1,b2 high 0 8
4 b1,b2 start 8 delete-records
5 b2 killed
6 b2 recovered 0 10
7 b1 deleted 8 1,2
=> holds

== planted deletion-behind: a follower that is alive has not
1 - cluster 3
2 b1,b2,b3 appended 0..9
3 b1,b2,b3 high 0 8
4 b1,b2 start 8 delete-records
5 b3 start 7 delete-records
6 b1 deleted 8 1,2,3
=> deletion-behind t-0@8, event 6: b1 said that everything below 8 was deleted, but the log of b3 begins at 7
