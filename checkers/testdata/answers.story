Every send ends, if the run is left alone long enough.

== a client that is gone hears nothing
1 p1 send 1 a
2 p1 crashed
log 0..0
ask no-answer
=> holds

== planted no-answer: its next life does
1 p1 send 1 a
2 p1 crashed
3 p1 send 1 b
log 0..0
ask no-answer
=> no-answer t-0, event 3: the send of "b" by p1 never returned
