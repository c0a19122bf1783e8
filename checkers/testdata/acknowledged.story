With acks=all a record is acknowledged once it may be read; a consumer is given nothing else.

== they wait
1 p1 send 1 a
2 b0 recovered 0 0 clean
3 b0 appended 0..0
4 b0 high 0 1
5 p1 sent 1 0
6 c1 position 0 earliest
7 c1 poll 1
8 c1 polled 1 from=0 0=a
log 0..1 0=a
=> holds

== acks=1 does not wait
1 p1 send 1 a acks=1
2 b0 recovered 0 0 clean
3 b0 appended 0..0
5 p1 sent 1 0
log 0..1 0=a
=> holds
