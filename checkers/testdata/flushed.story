What is flushed has been appended before, and stays flushed.

== it rises
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 flushed 4
4 b0 flushed 10
=> holds
