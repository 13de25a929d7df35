package org.mirrorlog.posix;

import static org.mirrorlog.posix.Linux.LIBC;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The service manager that started this process, if one did: systemd, or what speaks as it does. It is told how far the
 * start has come, and keeps sockets open from one start of the service to the next (sd_notify(3), sd_listen_fds(3)).
 *
 * <p>Thread-safe. Without a service manager nothing is kept, and nobody is told.
 */
public final class ServiceManager {
    private static final ServiceManager OWN = of(System.getenv(), ProcessHandle.current().pid());
    private static final int FIRST_DESCRIPTOR = 3;
    private static final int MOST_DESCRIPTORS = 100;
    private static final int PATIENCE_MS = 5_000;

    private final Optional<UnixAddress> address;
    private final Optional<Duration> watchdog;
    private final Map<String, Integer> kept = new ConcurrentHashMap<>();

    private ServiceManager(Optional<UnixAddress> address, Optional<Duration> watchdog) {
        this.address = address;
        this.watchdog = watchdog;
    }

    /** This process's own. */
    public static ServiceManager ofThisProcess() {
        return OWN;
    }

    /** None: a process started by hand. */
    public static ServiceManager none() {
        return new ServiceManager(Optional.empty(), Optional.empty());
    }

    /**
     * The one that this environment describes.
     *
     * @param pid of the process that the environment was made for: descriptors are meant for no other
     */
    static ServiceManager of(Map<String, String> environment, long pid) {
        String path = environment.getOrDefault("NOTIFY_SOCKET", "");
        Optional<UnixAddress> address = path.startsWith("/") ? Optional.of(UnixAddress.of(Path.of(path)))
                : path.startsWith("@") ? Optional.of(UnixAddress.ofAbstract(path.substring(1))) : Optional.empty();
        ServiceManager manager = new ServiceManager(address, watchdog(environment, pid));
        String count = environment.getOrDefault("LISTEN_FDS", "");
        if (Long.toString(pid).equals(environment.get("LISTEN_PID")) && count.matches("[0-9]{1,3}")) {
            String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":");
            for (int i = 0; i < Math.min(Integer.parseInt(count), MOST_DESCRIPTORS); i++) {
                manager.kept.put(i < names.length ? names[i] : "unnamed-" + i, FIRST_DESCRIPTOR + i);
            }
        }
        return manager;
    }

    private static Optional<Duration> watchdog(Map<String, String> environment, long pid) {
        String own = Long.toString(pid);
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        return environment.getOrDefault("WATCHDOG_PID", own).equals(own) && micros.matches("[1-9][0-9]{3,17}")
                ? Optional.of(Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(Long.parseLong(micros))))
                : Optional.empty();
    }

    /** How long it waits for a sign of life before it starts this process anew; empty: it does not. */
    public Optional<Duration> watchdog() {
        return watchdog;
    }

    /** Whether a descriptor is kept under this name, and was not taken. */
    public boolean keeps(String name) {
        return kept.containsKey(name);
    }

    /** The descriptor that is kept under this name; whoever takes it owns it. */
    OptionalInt take(String name) {
        Integer descriptor = kept.remove(name);
        return descriptor == null ? OptionalInt.empty() : OptionalInt.of(descriptor);
    }

    /**
     * Has a socket kept open beyond the end of this process: others go on sending to it, and the next start finds it
     * under its name. The manager does so as long as it is about to start the service again, and only if told so
     * ({@code FileDescriptorStoreMax=}); a socket with a pending error is kept, too.
     *
     * @param name of letters, digits and dashes
     * @return whether there is a manager that was asked
     * @throws PosixException it cannot be asked
     */
    boolean keep(String name, SocketHandle socket) throws PosixException {
        return send("FDSTORE=1\nFDNAME=" + name + "\nFDPOLL=0", SendHeader.carrying(socket.fd()));
    }

    /** What is kept under this name is not needed any more. */
    void drop(String name) throws PosixException {
        send("FDSTOREREMOVE=1\nFDNAME=" + name, SendHeader.own());
    }

    /** Closes everything kept that nobody has taken: of an earlier start with other settings. */
    public void dropTheRest() throws PosixException {
        for (String name : kept.keySet()) {
            take(name).ifPresent(LIBC::close);
            drop(name);
        }
    }

    /**
     * The service has started and serves, and lives.
     *
     * @throws PosixException the manager cannot be told
     */
    public void ready() throws PosixException {
        send("READY=1\nSTATUS=\nWATCHDOG=1", SendHeader.own());
    }

    /**
     * The service lives: to be told within each {@link #watchdog}.
     *
     * @throws PosixException the manager cannot be told
     */
    public void alive() throws PosixException {
        send("WATCHDOG=1", SendHeader.own());
    }

    /**
     * The start goes on, and may take so much longer from now.
     *
     * @throws PosixException the manager cannot be told
     */
    public void starting(Duration longer) throws PosixException {
        send(extend(longer), SendHeader.own());
    }

    private static String extend(Duration longer) {
        return "EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(longer.toNanos());
    }

    /**
     * The same, and what it is at: shown with the service until it has started.
     *
     * @throws PosixException the manager cannot be told
     */
    public void starting(Duration longer, String status) throws PosixException {
        send(extend(longer) + "\nSTATUS=" + status.replaceAll("\\p{Cntrl}", "?"), SendHeader.own());
    }

    private boolean send(String text, SendHeader header) throws PosixException {
        if (address.isEmpty()) {
            return false;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer datagram = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try (UnixDatagramSocket socket = UnixDatagramSocket.bind(UnixAddress.UNNAMED)) {
            socket.connect(address.get());
            socket.send(header, datagram, PATIENCE_MS);
            return true;
        } catch (ClosedChannelException e) {
            throw new IllegalStateException("closed while in use: socket to " + address.get(), e);
        }
    }
}
