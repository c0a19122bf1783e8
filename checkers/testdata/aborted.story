What definitely failed is not there.

== it is not
1 p1 send 1 a
2 p1 failed 1
log 0..0
=> holds
