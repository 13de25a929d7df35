package org.mirrorlog.instance;

import java.nio.ByteBuffer;

/** What was heard of one log, and in which block of a {@link HeardFile}. One thread changes it, any reads it. */
final class HeardEntry {
    private final HeardBlock.Name name;
    private final int block;
    private volatile HeardNumbers.Last heard = HeardNumbers.Last.NEVER;

    HeardEntry(HeardBlock.Name name, int block) {
        this.name = name;
        this.block = block;
    }

    HeardBlock.Name name() {
        return name;
    }

    int block() {
        return block;
    }

    HeardNumbers.Last heard() {
        return heard;
    }

    void hear(HeardNumbers.Last last) {
        heard = last;
    }

    /** To be written into its block. */
    ByteBuffer encoded() {
        return new HeardBlock(name, heard).encoded();
    }
}
