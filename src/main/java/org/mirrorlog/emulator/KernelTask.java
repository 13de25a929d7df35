package org.mirrorlog.emulator;

import java.util.Objects;
import org.mirrorlog.protocol.RequestType;

/**
 * One thread of control of the emulated kernel (a mirror's worker, an ioctl caller): does one step after another and
 * has at most one open request. Steps are continuations; a step that does not wait continues on a flat stack, however
 * many follow.
 */
final class KernelTask {
    private final String name;
    private Runnable next;
    private boolean isRunning;
    private RequestType waitingFor;

    KernelTask(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    String name() {
        return name;
    }

    /** The request whose answer this task awaits; null if it awaits none. */
    RequestType waitingFor() {
        return waitingFor;
    }

    /** Notes that the task sleeps until the answer comes. */
    void waitFor(RequestType type) {
        waitingFor = type;
    }

    /** Goes on with a step: at once if the task sleeps, else when the present step has returned. */
    void then(Runnable step) {
        if (next != null) {
            throw new IllegalStateException(name + " has a next step already");
        }
        next = Objects.requireNonNull(step, "step");
        if (isRunning) {
            return;
        }
        isRunning = true;
        try {
            while (next != null) {
                Runnable now = next;
                next = null;
                now.run();
            }
        } finally {
            isRunning = false;
        }
    }
}
