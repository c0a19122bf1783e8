A consumer is given every record once, in order, from where it was placed.

== it is
1 c1 position 0 earliest
2 c1 polled 1 from=0 0=a 1=b
3 c1 polled 2 from=2 3=d
4 c1 position 1 seek
5 c1 polled 3 from=1 1=b 3=d
log 0..4 0=a 1=b 3=d
=> holds

== planted poll-skip: after it was placed
1 c1 position 0 earliest
2 c1 polled 2 from=0 1=b
log 0..2 0=a 1=b
=> poll-skip t-0@0, event 2: c1 started at offset 0 and got offset 1 first, without offset 0

== retention may race a slow consumer
1 c1 polled 1 from=0 0=a
2 b0 recovered 0 4 clean
3 b0 start 3 retention.ms
4 c1 polled 2 from=1 3=d
log 3..4 3=d
=> holds

== a rebalance or a crash starts anew
1 c1 assigned g m1 1 t-0
2 c1 polled 1 from=0 0=a 1=b
3 c1 revoked g m1 1 t-0
4 c1 assigned g m1 2 t-0
5 c1 polled 2 from=0 0=a
6 c1 crashed
7 c1 polled 3 from=0 0=a
log 0..2 0=a 1=b
=> holds

== planted int-poll-skip: seen by others only
1 c1 polled 1 from=0 0=a 2=c
2 c2 polled 1 from=1 1=b 2=c
=> int-poll-skip t-0@1, event 1: one poll of c1 returned offset 2 after offset 0, without offset 1

== compaction may have taken what is skipped, where the final log is not known
1 p1 send 1 k:a
2 p1 sent 1 0
3 p1 send 2 k:b
4 p1 sent 2 1
5 b0 recovered 0 2 clean
6 b0 cleaning 2
7 c1 position 0 earliest
8 c1 polled 1 from=0 1=k:b
=> holds
