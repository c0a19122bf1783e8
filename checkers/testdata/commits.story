At least once: nothing is committed before it is processed.

== processed, then committed
1 c1 position 0 earliest
2 c1 polled 1 from=0 0=a 1=b
3 c1 processed g 2
4 c1 commit 2 g 2
5 c1 committed 2
=> holds

== committing where it began is no harm
1 c1 position 5 committed
2 c1 commit 1 g 5
=> holds

== planted committed-too-far: committed first
1 c1 position 0 earliest
2 c1 polled 1 from=0 0=a 1=b
3 c1 processed g 1
4 c1 commit 2 g 2 auto
=> committed-too-far t-0@2, event 4: c1 committed offset 2 for group g, but has processed only the records below offset 1

== planted committed-too-far: a seek back starts anew
1 c1 position 0 earliest
2 c1 processed g 10
3 c1 position 3 seek
4 c1 commit 2 g 10
=> committed-too-far t-0@10, event 4: c1 committed offset 10 for group g, but has processed only the records below offset 3

== where compaction has taken everything away, nothing is left to process
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 10
4 b0 cleaning 8
5 c1 position 2 committed
6 c1 commit 1 g 8
=> holds

== planted committed-too-far: it has not taken that away
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 10
4 b0 cleaning 8
5 c1 position 2 committed
6 c1 commit 1 g 9
=> committed-too-far t-0@9, event 6: c1 committed offset 9 for group g, but has processed only the records below offset 2
