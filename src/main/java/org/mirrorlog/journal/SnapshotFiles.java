package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The snapshots of all persistence ids: {@code <directory>/<encoded id>/<sequence number>-<timestamp>.snap}. A snapshot
 * is complete and forced before it gets its name. One thread at a time.
 *
 * <p>A snapshot is believed only by its own journal, and only up to the head. One of another journal is set aside under
 * a longer name before any owner can go on, so that it stays disbelieved when the head has grown; its journal finds it
 * again, should that be put back. So is one above the head that names no journal. One of a log that names this journal
 * proves there that the journal has lost its end: it stays in its place, and the replay behind it fails, until the rest
 * is back or the log is adopted.
 */
final class SnapshotFiles {

    private static final Pattern NAME =
            Pattern.compile("([0-9]{1,18})-([0-9]{1,18})\\.snap(?:\\.of-([0-9a-f]{32}))?");
    private static final String TEMPORARY = "writing.tmp";
    private static final int MAX_NAME_LENGTH = 200;
    private static final int PREFIX_OF_LONG_NAMES = 100;

    private final Door door;
    private final Reference reference;
    private final JournalLog log;

    SnapshotFiles(Door door, Reference reference, JournalLog log) {
        this.door = door;
        this.reference = reference;
        this.log = log;
    }

    /** The journal that the snapshots are states of. */
    interface Reference {

        JournalId id();

        /** The highest sequence number ever accepted; 0 if there is none. */
        long headSequenceNr(String persistenceId);
    }

    /** The way to the directories; tests put faults behind it. */
    interface Door {

        /** Opens the directory of that name; throws NoSuchFileException where it does not exist. */
        Storage open(String name) throws IOException;

        /** Opens it, and creates it durably if it is missing. */
        Storage openOrCreate(String name) throws IOException;
    }

    /** The real ones. For one thread. */
    static final class Directories implements Door {

        private final Path directory;
        private final Set<Path> durable = new HashSet<>();

        Directories(Path directory) {
            this.directory = directory;
        }

        @Override
        public Storage open(String name) throws IOException {
            Path path = directory.resolve(name);
            // Throws as that says where it does not exist, and otherwise where nobody can tell now.
            Files.readAttributes(path, BasicFileAttributes.class);
            return DiskStorage.open(path);
        }

        @Override
        public Storage openOrCreate(String name) throws IOException {
            create(directory);
            create(directory.resolve(name));
            return DiskStorage.open(directory.resolve(name));
        }

        /** That it exists proves nothing: an earlier attempt may have failed to make its name durable. */
        private void create(Path path) throws IOException {
            if (!durable.contains(path) || !Files.isDirectory(path)) {
                DiskStorage.createDirectory(path);
                durable.add(path);
            }
        }
    }

    /** What a file's name says. */
    record Name(long sequenceNr, long timestamp, String fileName) {

        static String plain(long sequenceNr, long timestamp) {
            return sequenceNr + "-" + timestamp + ".snap";
        }

        /** Of a snapshot that this journal may ask for; empty for all other files. */
        static Optional<Name> of(String fileName, JournalId journal) {
            Matcher matcher = NAME.matcher(fileName);
            boolean isWanted = matcher.matches() && (matcher.group(3) == null
                    || matcher.group(3).equals(journal.toString()));
            return isWanted ? Optional.of(new Name(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)),
                    fileName)) : Optional.empty();
        }
    }

    /** Tries to make something of a snapshot; throws if it is not usable. */
    @FunctionalInterface
    interface Reader<T> {
        T read(SnapshotCodec.Stored snapshot) throws IOException;
    }

    /** Writes a snapshot of this journal; when this returns, it is on disk under its name. */
    void save(SnapshotCodec.Stored snapshot) throws IOException {
        try (Storage own = door.openOrCreate(encode(snapshot.persistenceId()))) {
            write(own, snapshot.of(reference.id()));
        }
    }

    private static void write(Storage own, SnapshotCodec.Stored snapshot) throws IOException {
        ByteBuffer bytes = SnapshotCodec.encode(snapshot);
        try {
            try (Storage.File file = own.create(TEMPORARY)) {
                Storage.writeFully(file, bytes, 0);
                file.force();
            }
            own.rename(TEMPORARY, Name.plain(snapshot.sequenceNr(), snapshot.timestamp()));
            own.forceDirectory();
        } catch (IOException e) {
            discard(own, e);
            throw new JournalException("snapshot " + snapshot.sequenceNr() + " of " + snapshot.persistenceId()
                    + " cannot be written to " + own.directory() + " (" + DiskStorage.reason(e)
                    + "): check space and storage", e);
        }
    }

    private static void discard(Storage own, IOException cause) {
        try {
            own.delete(TEMPORARY);
        } catch (IOException e) {
            // Harmless: the next snapshot of this persistence id is written over it.
            cause.addSuppressed(e);
        }
    }

    /**
     * The newest snapshot that is wanted and usable; null if there is none. One that is damaged is skipped with a line
     * in the log; whether an older one will do is for the journal to say, which knows what is deleted. It may be above
     * the head: then the journal, which is asked for what is behind it, says that it has lost something.
     *
     * @throws LostHistoryException if one proves that, of which nothing can be made
     * @throws IOException if the files cannot be listed, or one above the head cannot be set aside, or a newer one than
     *     the first usable cannot be read now: skipped, it would count as lost
     */
    <T> T load(String persistenceId, Predicate<Name> wanted, Reader<T> reader) throws IOException {
        try (Storage own = door.open(encode(persistenceId))) {
            List<Name> names = list(own, name -> true);
            // Asked after the listing: a snapshot is saved after its events, so none of a whole history is above it.
            long head = reference.headSequenceNr(persistenceId);
            T found = null;
            for (Name name : names) {
                boolean isProof = name.sequenceNr() > head && isProofAbove(own, persistenceId, name, head);
                if ((isProof || name.sequenceNr() <= head) && found == null && wanted.test(name)) {
                    found = load(own, persistenceId, name, reader);
                    if (found == null && isProof) {
                        throw LostHistoryException.end(persistenceId, head, name.sequenceNr());
                    }
                }
            }
            return found;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private <T> T load(Storage own, String persistenceId, Name name, Reader<T> reader)
            throws IOException {
        String file = own.directory() + "/" + name.fileName();
        SnapshotCodec.Stored stored;
        try {
            stored = decode(own, persistenceId, name);
        } catch (JournalException | NoSuchFileException | RuntimeException e) {
            log.warn("snapshot " + file + " is skipped: " + (e instanceof JournalException ? e.getMessage() : e));
            return null;
        } catch (IOException e) {
            throw notNow(file, e);
        }
        try {
            if (stored.isForeignTo(reference.id())) {
                setAsideForeign(own, name, stored.journal());
                return null;
            }
            return reader.read(stored);
        } catch (IOException | RuntimeException e) {
            log.warn("snapshot " + file + " is skipped: " + (e instanceof JournalException ? e.getMessage() : e));
            return null;
        }
    }

    private static JournalException notNow(String file, IOException why) {
        return new JournalException("snapshot " + file + " cannot be read (" + DiskStorage.reason(why)
                + ") now: the log waits, and it is tried again", why);
    }

    private static SnapshotCodec.Stored decode(Storage own, String persistenceId, Name name) throws IOException {
        byte[] bytes;
        try (Storage.File file = own.openForReading(name.fileName())) {
            ByteBuffer read = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), Integer.MAX_VALUE - 8));
            Storage.readFully(file, read, 0);
            bytes = read.array();
        }
        SnapshotCodec.Stored stored = SnapshotCodec.decode(bytes);
        if (!stored.persistenceId().equals(persistenceId) || stored.sequenceNr() != name.sequenceNr()
                || stored.timestamp() != name.timestamp()) {
            throw new JournalException("it holds snapshot " + stored.sequenceNr() + " of " + stored.persistenceId()
                    + ", not the one its name says");
        }
        return stored;
    }

    /** It names its journal, so it stays foreign even if this fails. */
    private void setAsideForeign(Storage own, Name name, JournalId journal) {
        String file = own.directory() + "/" + name.fileName();
        String aside = Name.plain(name.sequenceNr(), name.timestamp()) + ".of-" + journal;
        try {
            own.rename(name.fileName(), aside);
            log.warn("snapshot " + file + " is of journal " + journal + ", not of this one, " + reference.id()
                    + ": it is not used, and set aside as " + aside);
        } catch (IOException e) {
            log.warn("snapshot " + file + " is of journal " + journal + ", not of this one, " + reference.id()
                    + ": it is not used");
        }
    }

    /** Whether it proves that the journal has lost something; else it is set aside, damaged or not. */
    private boolean isProofAbove(Storage own, String persistenceId, Name name, long head) throws IOException {
        String file = own.directory() + "/" + name.fileName();
        SnapshotCodec.Stored stored = null;
        try {
            stored = decode(own, persistenceId, name);
        } catch (JournalException | NoSuchFileException | RuntimeException e) {
            log.warn("snapshot " + file + " cannot be read: " + (e instanceof JournalException ? e.getMessage() : e));
        } catch (IOException e) {
            throw notNow(file, e);
        }
        if (stored != null && stored.provesLoss(reference.id())) {
            return true;
        }
        if (stored != null && stored.isForeignTo(reference.id())) {
            setAsideForeign(own, name, stored.journal());
        } else {
            setAsideAbove(own, name, head);
        }
        return false;
    }

    /** Durably, before the head may grow beyond it: then nothing else would tell that it is not of this history. */
    private void setAsideAbove(Storage own, Name name, long head) throws IOException {
        String file = own.directory() + "/" + name.fileName();
        String aside = Name.plain(name.sequenceNr(), name.timestamp()) + ".above-" + head;
        try {
            own.rename(name.fileName(), aside);
            own.forceDirectory();
        } catch (IOException e) {
            throw new JournalException("snapshot " + file + " is above the head of its log, " + head
                    + ", and cannot be set aside (" + DiskStorage.reason(e) + "): check space and permissions", e);
        }
        log.warn("snapshot " + file + " is above the head of its log, " + head + ": it is of another journal, or this"
                + " one has lost its end. It is not used, and set aside as " + aside);
    }

    /** Deletes the snapshots that are wanted gone, damaged or not; durably, where the head may grow beyond one. */
    void delete(String persistenceId, Predicate<Name> wanted) throws IOException {
        try (Storage own = door.open(encode(persistenceId))) {
            boolean isAbove = false;
            for (Name name : list(own, wanted)) {
                own.delete(name.fileName());
                isAbove |= name.sequenceNr() > reference.headSequenceNr(persistenceId);
            }
            if (isAbove) {
                own.forceDirectory();
            }
        } catch (NoSuchFileException e) {
            log.info("no snapshots of " + persistenceId + " to delete");
        }
    }

    /** Newest first. */
    private List<Name> list(Storage own, Predicate<Name> wanted) throws IOException {
        List<Name> names = new ArrayList<>();
        for (String fileName : own.list()) {
            Name.of(fileName, reference.id()).filter(wanted).ifPresent(names::add);
        }
        names.sort(Comparator.comparingLong(Name::sequenceNr).thenComparingLong(Name::timestamp).reversed());
        return names;
    }

    /** A file name for any text: letters, digits, "-" and "_" stay, other bytes are %XX; long ones end in a digest. */
    static String encode(String persistenceId) {
        StringBuilder encoded = new StringBuilder();
        byte[] bytes = persistenceId.getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            boolean isLetter = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z';
            boolean isPlain = isLetter || b >= '0' && b <= '9' || b == '-' || b == '_';
            encoded.append(isPlain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        if (encoded.isEmpty()) {
            return "%";
        }
        if (encoded.length() <= MAX_NAME_LENGTH) {
            return encoded.toString();
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return encoded.substring(0, PREFIX_OF_LONG_NAMES) + "~" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
