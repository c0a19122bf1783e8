Retention and DeleteRecords move the log start up, over what could be read only. What was deleted on request is gone from
every replica that is alive.

== it rises
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 8
4 b0 start 4 retention.ms
5 b0 start 8 delete-records
=> holds

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
