package org.mirrorlog.log;

import java.util.Objects;

/** Turns what a node shows into ranges that do not touch; {@link #finish} shows the last one. */
final class RunJoiner implements RegionNode.Visitor {
    private final RegionSet.RangeConsumer consumer;
    private long from;
    private long end;

    RunJoiner(RegionSet.RangeConsumer consumer) {
        this.consumer = Objects.requireNonNull(consumer, "consumer");
    }

    @Override
    public void run(long runFrom, long runEnd) {
        if (runFrom != end) {
            finish();
            from = runFrom;
        }
        end = runEnd;
    }

    @Override
    public void leaf(long base, long[] words) {
        LeafNode.visitRuns(base, words, this);
    }

    void finish() {
        if (end > from) {
            consumer.accept(from, end);
            from = end;
        }
    }
}
