package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.posix.LockFile;
import org.mirrorlog.posix.NameLock;
import org.mirrorlog.posix.PosixException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a second daemon away from what one alone may use. Ends with the process at the latest, however that dies;
 * taking it never waits. A refusal is an {@link IOException} that names the lock and its holder.
 */
public final class SingleInstanceLock implements AutoCloseable {
    /** Name of the lock file in the data directory. */
    static final String FILE_NAME = "mirrorlogd.lock";
    /** Abstract socket name that stands for this machine's kernel, as tools print it: {@code @mirrorlogd-netlink}. */
    static final String NETLINK_NAME = "mirrorlogd-netlink";

    private static final Logger LOG = LoggerFactory.getLogger(SingleInstanceLock.class);
    private static final int ROOT = 0;
    private static final int MAX_PID_CHARS = 20;

    private final Runnable release;

    private SingleInstanceLock(Runnable release) {
        this.release = release;
    }

    /** One daemon per data directory, which must exist. */
    public static SingleInstanceLock forDataDir(Path dataDir) throws IOException {
        return ofFile(dataDir.resolve(FILE_NAME), "data directory " + dataDir);
    }

    /** One daemon per directory of records, which must exist. */
    public static SingleInstanceLock forRecords(Path directory) throws IOException {
        return ofFile(directory.resolve(FILE_NAME), "the tables whose records are in " + directory);
    }

    /** One daemon per path of a UNIX connector; the lock file lies beside the socket. */
    static SingleInstanceLock forSocketPath(Path socketPath) throws IOException {
        return ofFile(socketPath.resolveSibling(socketPath.getFileName() + ".lock"), "socket path " + socketPath);
    }

    /**
     * One daemon per network namespace: exactly where two would hear the same kernel. The name is open to every user; a
     * holder who is neither root nor our own user can be no daemon of this kernel and is ignored, with a warning.
     */
    public static SingleInstanceLock forNetlink() throws IOException {
        return ofName(NETLINK_NAME);
    }

    static SingleInstanceLock ofName(String name) throws IOException {
        Optional<NameLock> lock = NameLock.tryAcquire(name);
        if (lock.isPresent()) {
            return new SingleInstanceLock(lock.get()::close);
        }
        Optional<Credentials> holder = NameLock.holder(name);
        if (holder.isPresent() && isStranger(holder.get())) {
            LOG.warn("lock @{} is occupied by process {} of uid {}, which cannot be a daemon: going on without it",
                    name, holder.get().pid(), Integer.toUnsignedString(holder.get().uid()));
            return new SingleInstanceLock(() -> { });
        }
        throw held("this machine's kernel", holder.map(Credentials::pid).filter(pid -> pid != 0).map(Object::toString),
                "@" + name);
    }

    private static boolean isStranger(Credentials holder) {
        return holder.uid() != ROOT && holder.uid() != Credentials.ofThisProcess().uid();
    }

    private static SingleInstanceLock ofFile(Path path, String what) throws IOException {
        Optional<LockFile> lock;
        try {
            lock = LockFile.tryAcquire(path);
        } catch (PosixException e) {
            throw new IOException("cannot lock " + what + ": " + e.getMessage(), e);
        }
        if (lock.isEmpty()) {
            throw held(what, holder(path), path.toString());
        }
        return new SingleInstanceLock(lock.get()::close);
    }

    private static Optional<String> holder(Path lockFile) throws IOException {
        String pid = Files.readString(lockFile).strip();
        return pid.matches("[0-9]{1," + MAX_PID_CHARS + "}") ? Optional.of(pid) : Optional.empty();
    }

    private static IOException held(String what, Optional<String> pid, String lock) {
        return new IOException("another mirrorlogd, " + pid.map(number -> "process " + number).orElse("process unknown")
                + ", serves " + what + " (lock " + lock + "); stop it first");
    }

    /** Gives the lock back. Again: nothing. */
    @Override
    public void close() {
        release.run();
    }
}
