package org.mirrorlog.emulator;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** One call of management into the emulated kernel: it may take long, since it waits for the daemon. */
public final class Ioctl {
    private final String name;
    private final Consumer<Ioctl> whenDone;
    private boolean isDone;
    private int error;
    private MirrorStatus status;

    Ioctl(String name, Consumer<Ioctl> whenDone) {
        this.name = name;
        this.whenDone = Objects.requireNonNull(whenDone, "whenDone");
    }

    /** Whether it has returned. */
    public boolean isDone() {
        return isDone;
    }

    /** 0 or a negative errno, once it has returned. */
    public int error() {
        return error;
    }

    /** What a status call returned. */
    public Optional<MirrorStatus> status() {
        return Optional.ofNullable(status);
    }

    void end(int result) {
        if (isDone) {
            throw new IllegalStateException(name + " returned twice");
        }
        isDone = true;
        error = result;
        whenDone.accept(this);
    }

    void end(MirrorStatus result) {
        status = result;
        end(0);
    }

    @Override
    public String toString() {
        return name + (isDone ? " returned " + error : " under way");
    }
}
