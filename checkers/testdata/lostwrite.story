Without the final log: what lies between records that consumers saw must have been seen.

== it was
1 p1 send 1 a
2 p1 sent 1 0
3 p1 send 2 b
4 p1 sent 2 1
5 c1 polled 1 0=a 1=b
=> holds

== beyond the last that anybody saw nothing is known
1 p1 send 1 a
2 p1 sent 1 0
3 p1 send 2 b
4 p1 sent 2 1
5 c1 polled 1 0=a
=> holds

== unless retention took it before anybody came
1 p1 send 1 a
2 p1 sent 1 0
3 p1 send 2 b
4 p1 sent 2 1
5 p1 send 3 c
6 p1 sent 3 2
7 c1 polled 1 0=a
8 b0 recovered 0 3 clean
9 b0 start 2 retention.ms
10 c2 polled 2 2=c
=> holds
