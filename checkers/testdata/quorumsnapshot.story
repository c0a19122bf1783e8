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

== planted quorum-snapshot-uncommitted: too much
config voters=k1
1 k1 q-leads 1
2 k1 q-appended 0..3
3 k1 q-snapshot 4 1
=> quorum-snapshot-uncommitted __cluster_metadata-0@4, event 3: k1 has a snapshot of everything below 4, but only what is below 0 is committed

== planted quorum-snapshot-uncommitted: of the wrong epoch
config voters=k1
1 k1 q-leads 1
2 k1 q-appended 0..3
3 k1 q-flushed 4
4 k1 q-high 1 4
5 k1 q-snapshot 4 2
=> quorum-snapshot-uncommitted __cluster_metadata-0@4, event 5: k1 has a snapshot of everything below 4 that ends in epoch 2, and that record is of epoch 1

== planted quorum-log-start-beyond-snapshot: more than it covers
config voters=k1
1 k1 q-leads 1
2 k1 q-appended 0..1
2 k1 q-appended 2..3
3 k1 q-flushed 4
4 k1 q-high 1 4
5 k1 q-snapshot 2 1
6 k1 q-start 4
=> quorum-log-start-beyond-snapshot __cluster_metadata-0@4, event 6: k1 deleted everything below 4 (snapshot), but its newest snapshot covers only what is below 2
