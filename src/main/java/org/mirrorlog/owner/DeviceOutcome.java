package org.mirrorlog.owner;

import java.util.Objects;
import org.mirrorlog.log.DeviceHealth;

/** What became of something that was to be done to a log device. */
public sealed interface DeviceOutcome {
    /** The device has taken it. */
    enum Done implements DeviceOutcome { INSTANCE }

    /**
     * The device was asked, now or earlier, and has failed.
     *
     * @param health what failed first
     */
    record Failed(DeviceHealth health) implements DeviceOutcome {
        public Failed {
            Objects.requireNonNull(health, "health");
        }
    }

    /**
     * The device was not asked, or its answer is not waited for any more: neither done nor failed.
     *
     * @param why in words
     */
    record Unknown(String why) implements DeviceOutcome {
        public Unknown {
            Objects.requireNonNull(why, "why");
        }
    }
}
