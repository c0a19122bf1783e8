How a group was delivered to: what it committed as done and never processed is lost, what it processed twice is
redelivered.

== exactly once, over a handover
1 c1 position 0 earliest
2 c1 polled 1 from=0 0=a 1=b
3 c1 processed g 2
4 c1 commit 2 g 2
5 c1 committed 2
6 c2 position 2 committed
7 c2 polled 1 from=2 2=c
8 c2 processed g 3
log 0..3 0=a 1=b 2=c
ask not-at-least-once not-at-most-once
grade
=> g t-0: exactly once, 3 records, lost [], again []

== a commit whose outcome is not known proves nothing
1 c1 position 0 earliest
2 c1 polled 1 from=0 0=a 1=b
3 c1 processed g 2
4 c1 commit 2 g 2
log 0..2 0=a 1=b
ask not-at-least-once
grade
=> g t-0: exactly once, 2 records, lost [], again []
