package org.mirrorlog.journal;

import com.typesafe.config.Config;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which journal a data directory belongs to, and whether there was another one before it: the small file
 * {@code journal-id} beside the journal. It is forced before a journal that follows a lost one exists, so no crash
 * makes a successor look like a first journal. For one thread, at start.
 *
 * <pre>
 * journal 112233445566778899aabbccddeeff00
 * kind segments
 * follows ffeeddccbbaa99887766554433221100 or unknown; only in a successor
 * </pre>
 */
public final class Lineage {

    /** The file's name in the data directory. */
    public static final String FILE_NAME = "journal-id";
    private static final String DATA_DIR = "mirrorlog.data-dir";

    static final String UNKNOWN = "unknown";
    private static final int MOST_BYTES = 1024;
    private static final Pattern FORM = Pattern.compile("journal ([0-9a-f]{32})\nkind ([a-z]{1,32})\n"
            + "(?:follows ([0-9a-f]{32}|unknown)\n)?");

    private final Storage dataDir;
    private final String kind;
    private final JournalLog log;
    private final Optional<Entry> found;
    private Entry current;

    private Lineage(Storage dataDir, String kind, JournalLog log, Optional<Entry> found) {
        this.dataDir = dataDir;
        this.kind = kind;
        this.log = log;
        this.found = found;
        this.current = found.orElse(null);
    }

    /**
     * What the file says.
     *
     * @param journal the journal's identity, 32 hexadecimal digits
     * @param kind what sort of journal it is
     * @param follows the journal before it, or "unknown"; null if it is the first
     */
    public record Entry(String journal, String kind, String follows) {

        /** Whether there was another journal before. */
        public boolean isSuccessor() {
            return follows != null;
        }

        private byte[] encode() {
            return ("journal " + journal + "\nkind " + kind + "\n" + (follows == null ? "" : "follows " + follows
                    + "\n")).getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** Of a data directory that exists, before its journal of this kind is opened or created. Changes nothing. */
    public static Lineage of(Path dataDir, String kind, JournalLog log) throws IOException {
        return of(DiskStorage.open(dataDir), kind, log);
    }

    /**
     * Notes in the data directory, if there is one, that a journal was opened which is not in it.
     *
     * @param root the whole configuration
     * @return whether another one was there before
     */
    public static boolean isSuccessor(Config root, String kind, JournalId id, JournalLog log) throws IOException {
        Path dataDir = Path.of(root.getString(DATA_DIR));
        if (!Files.isDirectory(dataDir)) {
            return false;
        }
        Lineage lineage = of(dataDir, kind, log);
        lineage.opened(id);
        return lineage.isSuccessor();
    }

    static Lineage of(Storage dataDir, String kind, JournalLog log) throws IOException {
        return new Lineage(dataDir, kind, log, read(dataDir));
    }

    /** What the file of a data directory says; empty if there is none. One that is not understood is all unknown. */
    public static Optional<Entry> read(Path dataDir) throws IOException {
        return read(DiskStorage.open(dataDir));
    }

    private static Optional<Entry> read(Storage dataDir) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
        try (Storage.File file = dataDir.openForReading(FILE_NAME)) {
            Storage.readFully(file, bytes, 0);
        } catch (NoSuchFileException | FileNotFoundException e) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII));
        return Optional.of(form.matches() ? new Entry(form.group(1), form.group(2), form.group(3))
                : new Entry(UNKNOWN, UNKNOWN, UNKNOWN));
    }

    /**
     * Notes in a data directory without a journal that this one was there, and is lost: the next start begins one that
     * follows it. Durable when it returns.
     *
     * @param journal identity of the lost one, of segment files
     */
    public static void precede(Path dataDir, String journal) throws IOException {
        write(DiskStorage.open(dataDir), new Entry(journal, SegmentProvider.KIND, null));
    }

    /** What the file said before anything was opened. */
    Optional<Entry> found() {
        return found;
    }

    /** Whether a directory that only a journal's user fills has something in it. */
    static boolean hasFiles(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return entries.iterator().hasNext();
        }
    }

    /**
     * Before a journal is created: if there was one before, that is on disk when this returns.
     *
     * @param traces directories that are empty as long as there was no journal
     * @throws IOException if it cannot be noted; then the journal must not be created
     */
    void begins(JournalId id, List<Path> traces) throws IOException {
        String earlier = found.map(Entry::journal).orElse(null);
        for (Path trace : traces) {
            earlier = earlier == null && hasFiles(trace) ? UNKNOWN : earlier;
        }
        if (earlier != null) {
            current = new Entry(id.toString(), kind, earlier);
            write(dataDir, current);
            tell(current);
        }
    }

    /**
     * After a journal was opened: notes which one it is. A journal that is not the one of the file is a successor, also
     * if the note fails, which has a line.
     */
    public void opened(JournalId id) {
        if (current != null && current.journal().equals(id.toString())) {
            return;
        }
        boolean isFirst = current == null;
        current = new Entry(id.toString(), kind, isFirst ? null : current.journal());
        try {
            write(dataDir, current);
        } catch (IOException e) {
            log.warn("file " + dataDir.directory() + "/" + FILE_NAME + " cannot be written (" + DiskStorage.reason(e)
                    + "): the next start tries again");
        }
        if (!isFirst) {
            tell(current);
        }
    }

    private void tell(Entry entry) {
        log.warn("journal " + entry.journal() + " is not the first one of " + dataDir.directory() + ": "
                + (entry.follows().equals(UNKNOWN) ? "one" : "journal " + entry.follows())
                + " was here before it, and was lost or set aside. What only that one knew of is not trusted");
    }

    private static void write(Storage dataDir, Entry entry) throws IOException {
        dataDir.replace(FILE_NAME, entry.encode());
    }

    /** Whether there was another journal before the one that was opened. */
    public boolean isSuccessor() {
        return Objects.requireNonNull(current, "no journal was opened").isSuccessor();
    }
}
