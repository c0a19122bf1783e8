Compaction takes records away, below the high watermark.

== it does
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 10
4 b0 cleaning 8
5 b0 cleaned 0 8 8 3
=> holds
