package org.mirrorlog.daemon;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that wait for log devices: one for each device that has something to do, ended a minute after the last use.
 * Nothing is queued here, so that no device waits for another; that there are not more of them than devices in use is
 * the business of {@link org.mirrorlog.owner.LogDevices}, which bounds those.
 */
final class DeviceThreads {
    private DeviceThreads() {
    }

    static Executor start() {
        AtomicLong started = new AtomicLong();
        return Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "log-device-" + started.incrementAndGet());
            // One that hangs must not keep the process from ending.
            thread.setDaemon(true);
            return thread;
        });
    }
}
