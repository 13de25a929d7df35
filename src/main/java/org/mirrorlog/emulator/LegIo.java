package org.mirrorlog.emulator;

/**
 * A read or write of one leg that the emulated kernel has issued and that has not happened yet. It happens when the
 * machine is told to {@link EmulatedMachine#perform perform} it: the order among those pending is free, as with real
 * disks.
 */
public final class LegIo {
    /** Who issued it, and why. */
    public enum Kind {
        /** An application's read. */
        READ,
        /** An application's write, one of those that go to each leg. */
        WRITE,
        /** The reading half of a recovery. */
        COPY_READ,
        /** The writing half of a recovery. */
        COPY_WRITE
    }

    private final Kind kind;
    private final String uuid;
    private final long region;
    private final int leg;
    private final Runnable action;

    LegIo(Kind kind, String uuid, long region, int leg, Runnable action) {
        this.kind = kind;
        this.uuid = uuid;
        this.region = region;
        this.leg = leg;
        this.action = action;
    }

    /** Who issued it, and why. */
    public Kind kind() {
        return kind;
    }

    /** The log of the mirror. */
    public String uuid() {
        return uuid;
    }

    /** The region of the mirror that it lies in. */
    public long region() {
        return region;
    }

    /** The leg. */
    public int leg() {
        return leg;
    }

    void run() {
        action.run();
    }

    @Override
    public String toString() {
        return kind + " leg " + leg + " region " + region + " of " + uuid;
    }
}
