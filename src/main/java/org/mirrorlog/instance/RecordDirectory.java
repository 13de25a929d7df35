package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** The records of all instances of this machine, one file each, and the count of daemon starts. */
public final class RecordDirectory implements InstanceRecord.Store {
    static final String UNFINISHED = ".new";
    private static final String SUFFIX = RecordName.SUFFIX;
    private static final String STARTS = "starts";
    private static final int DIGITS = 18;
    /** Above every number that a build took from the clock, so that such a build counts on from here. */
    private static final long FIRST_START = 10_000_000_000_000_000L;

    private final RecordDisk disk;
    private final Path directory;
    private final String bootId;
    private final HeardAside heard;
    private final LiveRecords live;

    private RecordDirectory(RecordDisk disk, Places places, String bootId, Executor writer) {
        this.disk = disk;
        this.directory = places.lasting();
        this.bootId = bootId;
        this.heard = new HeardAside(new HeardFile(disk, directory), writer);
        this.live = new LiveRecords(disk, places, bootId);
    }

    /**
     * Where things are.
     *
     * @param lasting over boots of the machine: the count of starts, and what was heard; and records that were there
     * @param live as long as the kernel's tables are there: their records; best in memory, for who answers the kernel
     *     waits for it. May be the same
     * @param keeper of the live ones' directory
     * @param freshId identity that the lasting directory gets, if it has none
     * @param witness file that lives as long as the kernel's tables, whatever the other places are: which data
     *     directory has served them last, and in which start
     */
    public record Places(Path lasting, Path live, Keeper keeper, UUID freshId, Optional<Path> witness) {
        /** Where nobody else can come, and no directory is moved. */
        public Places(Path lasting, Path live) {
            this(lasting, live, Files::createDirectories,
                    UUID.nameUUIDFromBytes(lasting.toString().getBytes(StandardCharsets.UTF_8)), Optional.empty());
        }
    }

    /** Keeps a directory for this process alone. */
    @FunctionalInterface
    public interface Keeper {
        /**
         * Makes it, if it is not there, and holds it.
         *
         * @throws IOException it cannot be made, or may be somebody else's
         */
        void make(Path directory) throws IOException;
    }

    /**
     * Opens or creates the lasting directory; throws IOException if it cannot be made.
     *
     * @param places of which the keeper has made the live one
     * @param writer what may wait for the lasting one's disk, one after the other
     */
    public static RecordDirectory open(Places places, String bootId, Executor writer) throws IOException {
        Files.createDirectories(places.lasting());
        return open(RecordDisk.REAL, places, bootId, writer);
    }

    /** Whether this is a data directory's own directory of records. */
    public static boolean isLasting(Path directory) {
        return Files.exists(directory.resolve(STARTS));
    }

    /** With all in one directory, which is made, and by the caller's thread. */
    public static RecordDirectory open(Path directory, String bootId) throws IOException {
        return open(new Places(directory, directory), bootId, Runnable::run);
    }

    /** The directories exist. */
    static RecordDirectory open(RecordDisk disk, Places places, String bootId, Executor writer) {
        return new RecordDirectory(disk, places, bootId, writer);
    }

    /** The directory exists. */
    static RecordDirectory open(RecordDisk disk, Path directory, String bootId) {
        return open(disk, new Places(directory, directory), bootId, Runnable::run);
    }

    /**
     * The number of this daemon start: higher than those of all before in this run of the kernel, also after the loss
     * of this directory, for the kernel's own age never goes back. Numbers of different runs are not compared with each
     * other (D5). The file is written in place: where it has been written once, a full disk stops no start.
     *
     * @param uptimeMs age of the run
     * @throws IOException the number is not durable: nothing may be served under it
     */
    public long nextStart(long uptimeMs, ServedBoots boots) throws IOException {
        try {
            return nextStart(directory.resolve(STARTS), uptimeMs, boots);
        } catch (IOException e) {
            throw RecordDisk.at(directory, e);
        }
    }

    private long nextStart(Path file, long uptimeMs, ServedBoots boots) throws IOException {
        boolean isFirst = false;
        RecordDisk.Content content;
        try {
            content = disk.open(file);
        } catch (NoSuchFileException e) {
            content = disk.create(file);
            isFirst = true;
        }
        try (RecordDisk.Content opened = content) {
            long before = isFirst ? 0 : lastStart(opened);
            long last = boots.isSameBoot() ? before : 0;
            long start = live.begin(before, Math.max(last + 1, FIRST_START + uptimeMs));
            String text = String.format(Locale.ROOT, "%0" + DIGITS + "d\n", start);
            RecordDisk.writeFully(opened, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
            opened.force();
            disk.forceDirectory(directory);
            live.begun(start);
            return start;
        }
    }

    private static long lastStart(RecordDisk.Content content) throws IOException {
        String text = RecordDisk.head(content, DIGITS).strip();
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    /**
     * Takes up every record of this boot; those of older boots are void and removed; damaged ones are set aside, and
     * those that make this build throw: they would end every start. What cannot be read or removed now stops nobody:
     * its table is one without a record, and is asked to reconnect (D15). Records that are where an older build, or
     * another setting, has put them move to where they belong.
     */
    public void takeUpAll(Instances instances, long nowMs, Consumer<String> warn) throws IOException {
        live.tell(warn);
        for (Path unfinished : all("*" + SUFFIX + UNFINISHED)) {
            attempt(() -> disk.delete(unfinished), warn);
        }
        List<Path> paths = all("*" + SUFFIX);
        Set<String> names = new HashSet<>();
        for (Path path : List.copyOf(paths)) {
            if (!names.add(path.getFileName().toString())) {
                // A lasting one was not moved, or it would be gone: what else has its name never counted.
                attempt(() -> disk.delete(path), warn);
                paths.remove(path);
            }
        }
        for (Path path : paths) {
            live.mayBeLeft(path);
            attempt(() -> restore(path, names, instances, nowMs, warn), warn);
        }
    }

    private List<Path> all(String glob) throws IOException {
        List<Path> all = new ArrayList<>(disk.list(directory, glob));
        all.addAll(live.list(glob));
        return all;
    }

    /** A call that may fail. */
    private interface Attempt {
        void run() throws IOException;
    }

    private static void attempt(Attempt call, Consumer<String> warn) {
        try {
            call.run();
        } catch (IOException | RuntimeException e) {
            warn.accept("a record of this machine's tables cannot be used now: " + e);
        }
    }

    private void restore(Path path, Set<String> names, Instances instances, long nowMs, Consumer<String> warn)
            throws IOException {
        RecordFile file = null;
        try {
            file = RecordFile.open(disk, path);
            String name = RecordName.of(file.key());
            // An older build has named it otherwise: what bears the right name was written since.
            boolean isReplaced = !path.getFileName().toString().equals(name) && names.contains(name);
            if (file.bootId().equals(bootId) && !isReplaced) {
                file = live.moved(path, file, warn);
                instances.restore(file.key(), file.constructor(), file.memory(), file, nowMs);
            } else {
                file.destroy();
                live.isGone(path);
            }
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            Path there = path;
            if (file != null) {
                file.close();
                there = file.path();
            }
            warn.accept("instance record set aside, its table will be asked to reconnect: "
                    + (e instanceof IllegalArgumentException ? e.getMessage() : there + " makes it throw " + e));
            disk.move(there, there.resolveSibling(there.getFileName() + ".damaged"));
            live.isGone(path);
        }
    }

    /** What is in a directory of records, in lines for people. */
    public record Seen(List<String> sound, List<String> damaged) { }

    /**
     * Looks at a directory of records, which a daemon may be using, and changes nothing in it.
     *
     * @param scratch an empty directory elsewhere
     */
    public static Seen look(Path directory, Path scratch) throws IOException {
        Seen seen = new Seen(new ArrayList<>(), new ArrayList<>());
        Path starts = directory.resolve(STARTS);
        if (Files.exists(starts)) {
            String text = Files.readString(starts, StandardCharsets.ISO_8859_1).strip();
            if (text.matches("\\d{1,18}")) {
                seen.sound().add("daemon starts: " + Long.parseLong(text));
            } else {
                seen.damaged().add("the count of daemon starts, " + starts + ", is no number: it goes on from the"
                        + " age of the running kernel");
            }
        }
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path path : paths) {
                look(path, scratch.resolve("record"), seen);
            }
        }
        return seen;
    }

    /**
     * Looks at what was heard of logs, in a directory of records that a daemon may be using, and changes nothing in it.
     *
     * @param logs names that damage may concern
     */
    public static Seen lookAtHeard(Path directory, Collection<String> logs) throws IOException {
        try {
            return HeardReport.look(directory.resolve(HeardFile.NAME), logs);
        } catch (NoSuchFileException e) {
            return new Seen(List.of("no numbers heard of logs"), List.of());
        }
    }

    private static void look(Path path, Path copy, Seen seen) throws IOException {
        try {
            Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
            RecordFile file = RecordFile.open(RecordDisk.REAL, copy);
            file.close();
            seen.sound().add("instance record " + path.getFileName() + ": log " + file.key() + ", boot "
                    + file.bootId());
        } catch (NoSuchFileException e) {
            return; // its table has gone meanwhile
        } catch (IllegalArgumentException e) {
            seen.damaged().add("instance record " + path + ": " + e.getMessage().replace(copy.toString(), "it"));
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    @Override
    public InstanceRecord create(InstanceKey key, String constructor, Memory memory) {
        Path path = live.placeOf(RecordName.of(key));
        heard.reserve(key.uuid());
        try {
            RecordHeader names = RecordFile.names(bootId, key, constructor);
            try {
                return RecordFile.create(disk, path, names, memory);
            } catch (NoSuchFileException e) {
                live.makeAgain(path.getParent());
                return RecordFile.create(disk, path, names, memory);
            }
        } catch (NoSuchFileException e) {
            // Not made again: what comes back in its place may hold records that are older than what is answered then.
            throw new UncheckedIOException("the directory of this table's record, " + path.getParent() + ", is gone:"
                    + " start the daemon anew, then its table is asked to reconnect", e);
        } catch (IOException e) {
            throw new UncheckedIOException("no room for the record of this table on " + fileSystem(path.getParent())
                    + ", directory " + path.getParent() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public HeardNumbers heard() {
        return heard;
    }

    /** What was heard of logs survives the machine when this returns. From any thread. */
    public void force() throws IOException {
        heard.force();
    }

    private static String fileSystem(Path directory) {
        try {
            return "file system " + Files.getFileStore(directory);
        } catch (IOException e) {
            return "a file system that cannot be told (" + e.getMessage() + ")";
        }
    }
}
