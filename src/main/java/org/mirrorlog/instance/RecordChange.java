package org.mirrorlog.instance;

import org.mirrorlog.log.RegionSet;

/** One change of an instance's {@link Memory}, as it is appended to the record. */
public sealed interface RecordChange {
    /** MARK: kept until the flush commits it. */
    record Pending(RegionSet regions) implements RecordChange { }

    /** The log has these marks. */
    record Committed(RegionSet regions) implements RecordChange { }

    /** The kernel cleared these; the marks are held on for a while. */
    record Cleared(RegionSet regions) implements RecordChange { }

    /** These marks are given up, before anybody is told (D6). */
    record Dropped(RegionSet regions) implements RecordChange { }

    /** Another phase. */
    record Reached(Phase phase) implements RecordChange { }

    /** A hint, and what is granted with it or by itself. */
    record Hinted(long hint, RegionSet granted) implements RecordChange { }

    /** Known in sync from here on; recovered by this kernel itself, or told so. */
    record Learned(RegionSet regions, boolean isRecovered) implements RecordChange { }

    /** The kernel recovers this region; -1: none. */
    record Slot(long region) implements RecordChange { }

    /** From here on, or no more: the log has every region marked, whatever is cleared. */
    record Exposed(boolean isExposed) implements RecordChange { }

    /** Everything anew: a session begins or is taken up again, or the record is rewritten compactly. */
    record Whole(Memory memory) implements RecordChange { }
}
