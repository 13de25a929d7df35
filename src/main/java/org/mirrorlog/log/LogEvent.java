package org.mirrorlog.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A fact of a log's history. Events are persisted inside a {@link Commit}, in order; what they do to the state stands
 * in {@link Evolution} and nowhere else.
 */
public sealed interface LogEvent {
    /** The regions that this event names; none where it names none or all. */
    default RegionSet regions() {
        return RegionSet.empty();
    }

    /** Another daemon owns the log from here on (D3). */
    record OwnerChanged(String owner) implements LogEvent {
        public OwnerChanged {
            Objects.requireNonNull(owner, "owner");
        }
    }

    /** A round was executed; nothing older of that stream will be (D5). */
    record RoundExecuted(InstanceId by, long daemonStart, long number) implements LogEvent {
        public RoundExecuted {
            Objects.requireNonNull(by, "by");
        }
    }

    /** The first instance comes in: bits start from what is dirty; dirty is out of sync. */
    record EpochBegan(Geometry geometry, RegionSet dirty) implements LogEvent {
        public EpochBegan {
            Objects.requireNonNull(geometry, "geometry");
            Objects.requireNonNull(dirty, "dirty");
        }
    }

    /** A real RESUME: a new session, which holds nothing yet. Its number is that of the commit. */
    record Joined(InstanceId by, String node, long daemonStart) implements LogEvent {
        public Joined {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(node, "node");
        }
    }

    /** A restarted daemon serves a running session again and says what its kernel may be writing (S17). */
    record Rejoined(InstanceId by, long daemonStart, RegionSet marks) implements LogEvent {
        public Rejoined {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(marks, "marks");
        }

        @Override
        public RegionSet regions() {
            return marks;
        }
    }

    /** The kernel may write these regions. */
    record Marked(InstanceId by, RegionSet regions) implements LogEvent {
        public Marked {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(regions, "regions");
        }
    }

    /** The kernel does not write these regions any more. */
    record Cleared(InstanceId by, RegionSet regions) implements LogEvent {
        public Cleared {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(regions, "regions");
        }
    }

    /** This instance copies the region. */
    record ResyncAssigned(InstanceId to, long region) implements LogEvent {
        public ResyncAssigned {
            Objects.requireNonNull(to, "to");
        }
    }

    /** The recoverer gives its assignment back undone. */
    record ResyncReleased(InstanceId by) implements LogEvent {
        public ResyncReleased {
            Objects.requireNonNull(by, "by");
        }
    }

    /** The recoverer has copied the region: its legs are equal. */
    record RegionSynced(InstanceId by, long region) implements LogEvent {
        public RegionSynced {
            Objects.requireNonNull(by, "by");
        }

        @Override
        public RegionSet regions() {
            return RegionSet.of(region);
        }
    }

    /** A leg failed under a write or a copy: the legs may differ, and the reporter writes this region on one leg. */
    record SyncLost(InstanceId by, long region) implements LogEvent {
        public SyncLost {
            Objects.requireNonNull(by, "by");
        }

        @Override
        public RegionSet regions() {
            return RegionSet.of(region);
        }
    }

    /** The instance may write these unsynced regions on one leg (R4). */
    record Granted(InstanceId to, RegionSet regions) implements LogEvent {
        public Granted {
            Objects.requireNonNull(to, "to");
            Objects.requireNonNull(regions, "regions");
        }
    }

    /** The instance need not ask below this region until it resumes anew (S12). */
    record Hinted(InstanceId to, long hint) implements LogEvent {
        public Hinted {
            Objects.requireNonNull(to, "to");
        }
    }

    /**
     * From here on, or no more, the kernel may write on one leg what counts as in sync: if the session ends so, what it
     * has marked by then is out of sync.
     */
    record Exposed(InstanceId by, boolean isExposed) implements LogEvent {
        public Exposed {
            Objects.requireNonNull(by, "by");
        }
    }

    /** Suspended: no I/O any more. */
    record Left(InstanceId by) implements LogEvent {
        public Left {
            Objects.requireNonNull(by, "by");
        }
    }

    /** The table is destroyed: its kernel has forgotten everything. */
    record Forgotten(InstanceId by) implements LogEvent {
        public Forgotten {
            Objects.requireNonNull(by, "by");
        }
    }

    /** A kernel is proven dead: what it was writing is out of sync (S16). */
    record Died(String incarnation) implements LogEvent {
        public Died {
            Objects.requireNonNull(incarnation, "incarnation");
        }
    }

    /** From here on the survivors of a death are resumed anew, node after node (D22). */
    record ReactivationBegan() implements LogEvent { }

    /** Not all of them could be: hints pass the dead one's regions again, which wait for the next epoch. */
    record ReactivationGivenUp() implements LogEvent { }

    /**
     * The operator goes on with a log whose memory is not whole: from here on every region is out of sync, and whoever
     * was in a session has to come in anew before any is recovered (D2, D21).
     *
     * @param number the log's number jumps there, so that no higher one is remembered anywhere
     * @param awaited by incarnation, the names of nodes whose kernels may be in a session that the log does not know;
     *     those that it knows are awaited besides. An incarnation stands for itself where its node's name is lost
     */
    record Adopted(long number, Map<String, String> awaited) implements LogEvent {
        public Adopted {
            awaited = Collections.unmodifiableMap(new LinkedHashMap<>(awaited));
        }
    }

    /**
     * A running table is in a session that was begun before the adoption, and whatever its kernel may hold is assumed:
     * it has to be suspended and resumed before anything is recovered.
     *
     * @param session as its daemon has it, or the number of the adoption
     */
    record TakenUp(InstanceId by, String node, long daemonStart, long session, RegionSet marks, long hint,
            RegionSet grants)
            implements LogEvent {
        public TakenUp {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(marks, "marks");
            Objects.requireNonNull(grants, "grants");
        }

        @Override
        public RegionSet regions() {
            return marks;
        }
    }

    /** The kernel of this incarnation has no table of this log, whatever the former history may have said. */
    record Absent(String incarnation) implements LogEvent {
        public Absent {
            Objects.requireNonNull(incarnation, "incarnation");
        }
    }

    /** The log device failed; stays so until another instance begins an epoch (S22). */
    record DeviceFailed(InstanceId by, DeviceHealth health) implements LogEvent {
        public DeviceFailed {
            Objects.requireNonNull(by, "by");
            Objects.requireNonNull(health, "health");
        }
    }
}
