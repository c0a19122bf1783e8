Compaction takes records away, below the high watermark.

== it does
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 10
4 b0 cleaning 8
5 b0 cleaned 0 8 8 3
=> holds

== planted cleaned-beyond-high-watermark: it goes too far
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 7
4 b0 cleaning 8
=> cleaned-beyond-high-watermark t-0@8, event 4: b0 compacts up to 8, but only what is below 7 could be read

== planted cleaned-made-records: it adds some
1 b0 recovered 0 0 clean
2 b0 appended 0..9
3 b0 high 0 10
4 b0 cleaned 0 8 8 9
=> cleaned-made-records t-0@0, event 4: b0 compacted 8 records into 9
