package org.mirrorlog.instance;

import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.StatusText;

/** The status texts of an instance (protocol 4.3). */
final class Status {
    private Status() {
    }

    static String text(RequestType type, LogInstance instance, String diskWord) {
        LogSpec spec = instance.spec();
        boolean isInfo = type == RequestType.STATUS_INFO;
        if (spec.type() == LogSpec.LogType.CORE) {
            return isInfo ? StatusText.coreInfo() : StatusText.coreTable(spec);
        }
        OpenedDevice device = instance.device().orElse(new OpenedDevice(0, 0));
        return isInfo ? StatusText.diskInfo(diskWord, device.major(), device.minor(), health(instance))
                : StatusText.diskTable(spec, device.major(), device.minor());
    }

    private static StatusText.Health health(LogInstance instance) {
        DeviceHealth health = instance.heard().health();
        boolean isMissing = instance.device().isEmpty();
        return health == DeviceHealth.FLUSH_FAILED ? StatusText.Health.FLUSH_FAILED
                : health.isFailed() || isMissing ? StatusText.Health.DEAD : StatusText.Health.ALIVE;
    }
}
