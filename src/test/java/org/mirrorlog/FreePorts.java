package org.mirrorlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ports for programs that must be told one before they listen. Each stays free until they do, which may take seconds:
 * none is given twice, tests in other processes have others, and the system gives none of them to whoever asks it for
 * any.
 */
public final class FreePorts {
    /** Below what systems give away by themselves. */
    private static final int FIRST = 15_000;
    private static final int COUNT = 15_000;
    private static final int OF_A_PROCESS = 100;
    private static final AtomicLong NEXT = new AtomicLong(ProcessHandle.current().pid() * OF_A_PROCESS);

    private FreePorts() {
    }

    /** One at the loopback address 127.0.0.1. */
    public static int take() {
        return take("127.0.0.1");
    }

    /** One at that address of this machine. */
    public static int take(String host) {
        for (int i = 0; i < COUNT; i++) {
            int port = (int) (FIRST + NEXT.getAndIncrement() % COUNT);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName(host))) {
                return probe.getLocalPort();
            } catch (BindException e) {
                continue; // somebody else has it
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("no free port at " + host);
    }
}
