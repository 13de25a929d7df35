package org.mirrorlog.emulator;

import java.util.BitSet;

/** What the log says of each region of a mirror in use, asked as a kernel asks. For the thread that drives it. */
final class SyncSurvey {
    private final EmulatedDevice device;
    private final int regions;
    private final BitSet inSync = new BitSet();
    private int asked;

    private SyncSurvey(EmulatedDevice device, int regions) {
        this.device = device;
        this.regions = regions;
    }

    /** Begins to ask: region after region, for a daemon's queue need not hold more than a kernel has under way. */
    static SyncSurvey begin(EmulatedDevice device, int regions) {
        SyncSurvey survey = new SyncSurvey(device, regions);
        survey.next();
        return survey;
    }

    private void next() {
        int region = asked;
        if (region < regions) {
            device.active().orElseThrow().askInSync(region, isInSync -> {
                inSync.set(region, isInSync);
                asked++;
                device.machine().soon(this::next);
            });
        }
    }

    /** Whether each region was answered for. */
    boolean isDone() {
        return asked == regions;
    }

    /** Compares the legs wherever the log calls them in sync. */
    AuditReport compare(ByteLegs legs, long lengthSectors, int regionSectors) {
        return Auditor.compare(legs, lengthSectors, regionSectors, region -> inSync.get((int) region), region -> false);
    }
}
