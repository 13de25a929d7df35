package org.mirrorlog.emulator;

import java.util.Objects;
import java.util.function.Consumer;

/** One read or write of an application, from its submission to its end. Lies within one region. */
public final class Bio {
    /** What has become of it. */
    public enum State { PENDING, DONE, FAILED }

    private final boolean isWrite;
    private final long offsetBytes;
    private final int lengthBytes;
    private final Consumer<Bio> whenEnded;
    private byte[] data;
    private State state = State.PENDING;

    Bio(boolean isWrite, long offsetBytes, int lengthBytes, byte[] data, Consumer<Bio> whenEnded) {
        this.isWrite = isWrite;
        this.offsetBytes = offsetBytes;
        this.lengthBytes = lengthBytes;
        this.data = data;
        this.whenEnded = Objects.requireNonNull(whenEnded, "whenEnded");
    }

    /** Write or read. */
    public boolean isWrite() {
        return isWrite;
    }

    /** Where in the mirror. */
    public long offsetBytes() {
        return offsetBytes;
    }

    /** How much. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** What is written, or what was read; null while a read is pending or if it failed. Not a copy. */
    public byte[] data() {
        return data;
    }

    /** What has become of it. */
    public State state() {
        return state;
    }

    void setData(byte[] read) {
        data = read;
    }

    /** Ends it, once. */
    void end(boolean isSuccess) {
        if (state != State.PENDING) {
            throw new IllegalStateException("ended twice: " + this);
        }
        state = isSuccess ? State.DONE : State.FAILED;
        whenEnded.accept(this);
    }

    @Override
    public String toString() {
        return (isWrite ? "write " : "read ") + lengthBytes + " bytes at " + offsetBytes + ", " + state;
    }
}
