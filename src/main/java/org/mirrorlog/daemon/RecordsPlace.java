package org.mirrorlog.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.kernel.SingleInstanceLock;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.posix.PosixException;
import org.mirrorlog.process.StartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the records of this daemon's tables are, held against a second daemon: whoever else writes there could have a
 * record believed that is older than what was answered. So the directory must be this user's, and nobody else may
 * write it. Where it cannot be, records are in the data directory.
 */
final class RecordsPlace implements AutoCloseable {
    static final String KEY = "mirrorlog.kernel.records-dir";
    private static final Logger LOG = LoggerFactory.getLogger(RecordsPlace.class);
    private static final String LASTING = "instances";
    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int OTHERS_WRITE = 0022;

    private final Path lasting;
    private final Optional<Path> witness;
    private Path live;
    private SingleInstanceLock lock;

    private RecordsPlace(Path lasting, Path live, Optional<Path> witness) {
        this.lasting = lasting;
        this.live = live;
        this.witness = witness;
    }

    /**
     * Makes the directory if need be, and takes it.
     *
     * @param dataDir which is held already
     * @throws StartException another daemon has it, or it is a data directory's own
     */
    static RecordsPlace hold(KernelLink link, Path dataDir) throws StartException {
        Path witness = link.lastStart();
        try {
            Files.createDirectories(witness.toAbsolutePath().getParent());
        } catch (IOException e) {
            LOG.debug("{} cannot be made, which is told when it is used: {}", witness, e.toString());
        }
        return hold(new RecordsPlace(dataDir.resolve(LASTING), of(link, dataDir), Optional.of(witness)));
    }

    /** Where they are to be. */
    static Path of(KernelLink link, Path dataDir) {
        return link.records(dataDir.resolve(LASTING));
    }

    static RecordsPlace hold(Path lasting, Path live) throws StartException {
        return hold(new RecordsPlace(lasting, live, Optional.empty()));
    }

    private static RecordsPlace hold(RecordsPlace place) throws StartException {
        Path lasting = place.lasting;
        Path live = place.live;
        if (live.equals(lasting)) {
            return place;
        }
        if (RecordDirectory.isLasting(live)) {
            throw new StartException(KEY + " " + live + " belongs to a data directory; give a directory of its own");
        }
        try {
            place.take(live);
        } catch (Held e) {
            throw new StartException(KEY + ": " + e.getMessage(), e);
        } catch (IOException e) {
            LOG.warn("the records of this machine's tables cannot be kept in {} ({}): they are in {}, whose disk is"
                    + " waited for", live, e.getMessage(), lasting);
            place.live = lasting;
        }
        return place;
    }

    /** Another daemon has it. */
    private static final class Held extends IOException {
        private static final long serialVersionUID = 1;

        Held(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** For records; made again, and taken again, where somebody removes it. */
    RecordDirectory.Places places() {
        return new RecordDirectory.Places(lasting, live, this::take, UUID.randomUUID(), witness);
    }

    private synchronized void take(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(directory.getParent());
            Files.createDirectory(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Map<String, Object> is = Files.readAttributes(directory, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) is.get("mode");
        if ((mode & TYPE) != DIRECTORY) {
            throw new IOException("it is no directory, or a symbolic link to one");
        }
        if (!is.get("uid").equals(Credentials.ofThisProcess().uid()) || (mode & OTHERS_WRITE) != 0) {
            throw new IOException("it must be owned by the user of the daemon, and writable for nobody else");
        }
        close();
        try {
            lock = SingleInstanceLock.forRecords(directory);
        } catch (IOException e) {
            throw e.getCause() instanceof PosixException ? e : new Held(e);
        }
    }

    /** Gives the directory back. Again: nothing. */
    @Override
    public synchronized void close() {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }
}
