package org.mirrorlog.log;

import java.util.Objects;

/** What an owner tells an instance unasked. It permits nothing; losing it, or taking it twice, costs time only. */
public sealed interface Notice extends FromOwner {
    /** Somebody is to recover these regions: marks that are only held on after their CLEAR are in the way (R3, D12). */
    record GiveUp(String uuid, InstanceId to, RegionSet regions) implements Notice {
        public GiveUp {
            Objects.requireNonNull(uuid, "uuid");
            Objects.requireNonNull(to, "to");
            Objects.requireNonNull(regions, "regions");
        }
    }

    /**
     * Your turn: the mirror is to be suspended and resumed, so that its kernel forgets that all is in sync (R2, D22).
     * Told again until it has happened.
     */
    record Reactivate(String uuid, InstanceId to) implements Notice {
        public Reactivate {
            Objects.requireNonNull(uuid, "uuid");
            Objects.requireNonNull(to, "to");
        }
    }

    /**
     * There is something to recover: the kernel, which does not ask by itself while nothing else wakes it, is to ask.
     */
    record Wake(String uuid, InstanceId to) implements Notice {
        public Wake {
            Objects.requireNonNull(uuid, "uuid");
            Objects.requireNonNull(to, "to");
        }
    }
}
