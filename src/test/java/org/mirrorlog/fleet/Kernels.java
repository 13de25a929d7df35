package org.mirrorlog.fleet;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mirrorlog.emulator.EmulatedMachine;
import org.mirrorlog.emulator.KernelClient;

/**
 * The thread that all emulated machines live on: they share legs, which are not thread-safe. Everything that touches a
 * machine, a device or legs goes through {@link #call}.
 */
final class Kernels implements AutoCloseable {
    private static final int LONGEST_WAIT_MS = 1;
    private static final long CALL_LIMIT_S = 60;
    /** Long beside a write, short beside everything that tests wait for. */
    private static final long REST_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Something for the machines' thread, and when. */
    private record Later(long dueNs, Runnable work) { }

    private final List<KernelClient> clients = new ArrayList<>();
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    /** Of the machines' thread; in order, since all rest equally long. */
    private final Queue<Later> resting = new ArrayDeque<>();
    private final Thread thread = new Thread(this::run, "fleet-kernels");
    private volatile boolean isClosing;
    private volatile Throwable failure;

    Kernels() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Does something on the machines' thread and waits for it. */
    <T> T call(Callable<T> work) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("on the machines' thread already");
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        calls.add(() -> {
            try {
                result.complete(work.call());
            } catch (Exception | AssertionError e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(CALL_LIMIT_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("on the machines' thread: " + e
                    + (failure == null ? "" : ", which died of " + failure), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    void run(Runnable work) {
        call(() -> {
            work.run();
            return null;
        });
    }

    void add(KernelClient client) {
        run(() -> clients.add(client));
    }

    /** The machine stands still for ever: a power cut. */
    void remove(KernelClient client) {
        run(() -> {
            clients.remove(client);
            client.close();
        });
    }

    /** On the machines' thread: does something there a short while later, as applications think between two writes. */
    void afterRest(Runnable work) {
        resting.add(new Later(System.nanoTime() + REST_NS, work));
    }

    /** On the machines' thread: all machines that run. */
    List<EmulatedMachine> machines() {
        return clients.stream().map(KernelClient::machine).toList();
    }

    private void run() {
        try {
            while (!isClosing) {
                Runnable work = calls.poll();
                while (work != null) {
                    work.run();
                    work = calls.poll();
                }
                while (!resting.isEmpty() && resting.peek().dueNs() - System.nanoTime() <= 0) {
                    resting.remove().work().run();
                }
                for (KernelClient client : clients) {
                    client.turn(LONGEST_WAIT_MS);
                }
                if (clients.isEmpty()) {
                    TimeUnit.MILLISECONDS.sleep(LONGEST_WAIT_MS);
                }
            }
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            failure = e;
        } finally {
            clients.forEach(KernelClient::close);
        }
    }

    @Override
    public void close() {
        isClosing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
