A snapshot covers what was committed, and only below one the log is deleted.

== it does
config voters=k1
1 k1 q-leads 1
2 k1 q-appended 0..3
3 k1 q-flushed 4
4 k1 q-high 1 4
5 k1 q-snapshot 4 1
6 k1 q-start 4
=> holds

== planted quorum-snapshot-uncommitted: of the wrong epoch
config voters=k1
1 k1 q-leads 1
2 k1 q-appended 0..3
3 k1 q-flushed 4
4 k1 q-high 1 4
5 k1 q-snapshot 4 2
=> quorum-snapshot-uncommitted __cluster_metadata-0@4, event 5: k1 has a snapshot of the metadata below offset 4 with last epoch 2, but that record is of epoch 1
