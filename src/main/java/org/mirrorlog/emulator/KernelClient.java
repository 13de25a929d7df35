package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * Drives an emulated machine in real time against a daemon behind a UNIX datagram socket: carries requests and answers,
 * moves the clock, and lets leg I/O happen at once, oldest first. For one thread, which does all the work in
 * {@link #turn}.
 */
public final class KernelClient implements AutoCloseable {
    private static final int LEG_IO_PER_TURN = 64;

    private final EmulatedMachine machine;
    private final KernelSocket socket;
    private final long startNs = System.nanoTime();
    private final long startMs;
    private boolean isHoldingLegIo;

    /**
     * Takes over the machine; nobody has to listen yet.
     *
     * @throws IOException there can be no socket, or the path is too long for one (107 bytes)
     */
    public KernelClient(EmulatedMachine machine, Path daemonPath) throws IOException {
        this.machine = machine;
        this.startMs = machine.nowMs();
        this.socket = new KernelSocket(daemonPath);
    }

    /** The machine. */
    public EmulatedMachine machine() {
        return machine;
    }

    /** From now on leg I/O stays pending, or happens again: disks that are slow for a while. */
    public void setHoldingLegIo(boolean isHolding) {
        isHoldingLegIo = isHolding;
    }

    /** Does what there is to do; with nothing to do, waits for an answer or a timer, but not longer than told. */
    public void turn(int maxWaitMs) throws IOException {
        machine.advanceTo(nowMs());
        send();
        for (int i = 0; i < LEG_IO_PER_TURN && !isHoldingLegIo && machine.performOldest(); i++) {
            send();
        }
        UlogAnswer answer = socket.receive(waitMs(maxWaitMs));
        while (answer != null) {
            machine.advanceTo(nowMs());
            machine.answer(answer);
            send();
            answer = socket.receive(0);
        }
    }

    /**
     * Turns until the condition holds.
     *
     * @return false if it did not in time
     */
    public boolean turnUntil(BooleanSupplier condition, long timeoutMs) throws IOException {
        long end = nowMs() + timeoutMs;
        while (!condition.getAsBoolean()) {
            long left = end - nowMs();
            if (left <= 0) {
                return false;
            }
            turn((int) Math.min(left, 100));
        }
        return true;
    }

    private void send() throws IOException {
        UlogRequest request = machine.nextRequest().orElse(null);
        while (request != null) {
            if (!socket.send(request)) {
                machine.refused(request);
            }
            request = machine.nextRequest().orElse(null);
        }
    }

    private int waitMs(int maxWaitMs) {
        if (!isHoldingLegIo && !machine.legIo().isEmpty()) {
            return 0;
        }
        OptionalLong timer = machine.nextTimerMs();
        long untilTimer = timer.isPresent() ? timer.getAsLong() - nowMs() : maxWaitMs;
        return (int) Math.max(0, Math.min(maxWaitMs, untilTimer));
    }

    private long nowMs() {
        return startMs + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }

    @Override
    public void close() {
        socket.close();
    }
}
