package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The snapshots of all persistence ids: {@code <directory>/<encoded id>/<sequence number>-<timestamp>.snap}. A snapshot
 * is complete and forced before it gets its name. One thread at a time.
 */
final class SnapshotFiles {

    private static final Pattern NAME = Pattern.compile("([0-9]{1,19})-([0-9]{1,19})\\.snap");
    private static final String TEMPORARY = "writing.tmp";
    private static final int MAX_NAME_LENGTH = 200;
    private static final int PREFIX_OF_LONG_NAMES = 100;

    private final Path directory;
    private final JournalLog log;

    SnapshotFiles(Path directory, JournalLog log) {
        this.directory = directory;
        this.log = log;
    }

    /** What a file's name says. */
    record Name(long sequenceNr, long timestamp) {

        String fileName() {
            return sequenceNr + "-" + timestamp + ".snap";
        }
    }

    /** Tries to make something of a snapshot; throws if it is not usable. */
    @FunctionalInterface
    interface Reader<T> {
        T read(SnapshotCodec.Stored snapshot) throws IOException;
    }

    /** Writes a snapshot; when this returns, it is on disk under its name. */
    void save(SnapshotCodec.Stored snapshot) throws IOException {
        DiskStorage.createDirectory(directory);
        Path own = directoryOf(snapshot.persistenceId());
        DiskStorage.createDirectory(own);
        try (Storage storage = DiskStorage.open(own)) {
            ByteBuffer bytes = SnapshotCodec.encode(snapshot);
            try (Storage.File file = storage.create(TEMPORARY)) {
                Storage.writeFully(file, bytes, 0);
                file.force();
            }
            storage.rename(TEMPORARY, new Name(snapshot.sequenceNr(), snapshot.timestamp()).fileName());
            storage.forceDirectory();
        } catch (IOException e) {
            discard(own.resolve(TEMPORARY), e);
            throw new JournalException("snapshot " + snapshot.sequenceNr() + " of " + snapshot.persistenceId()
                    + " cannot be written to " + own + " (" + DiskStorage.reason(e) + "): check space and storage", e);
        }
    }

    private static void discard(Path temporary, IOException cause) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            // Harmless: the next snapshot of this persistence id is written over it.
            cause.addSuppressed(e);
        }
    }

    /**
     * The newest snapshot that is wanted and usable; null if there is none. One that is damaged or unreadable is
     * skipped with a line in the log; whether an older one will do is for the journal to say, which knows what is
     * deleted.
     */
    <T> T load(String persistenceId, Predicate<Name> wanted, Reader<T> reader) throws IOException {
        Path own = directoryOf(persistenceId);
        for (Name name : list(own, wanted)) {
            Path file = own.resolve(name.fileName());
            try {
                SnapshotCodec.Stored stored = SnapshotCodec.decode(Files.readAllBytes(file));
                check(stored, persistenceId, name);
                return reader.read(stored);
            } catch (IOException | RuntimeException e) {
                log.warn("snapshot " + file + " is skipped: " + (e instanceof JournalException ? e.getMessage() : e));
            }
        }
        return null;
    }

    private static void check(SnapshotCodec.Stored stored, String persistenceId, Name name) throws JournalException {
        if (!stored.persistenceId().equals(persistenceId) || stored.sequenceNr() != name.sequenceNr()
                || stored.timestamp() != name.timestamp()) {
            throw new JournalException("it holds snapshot " + stored.sequenceNr() + " of " + stored.persistenceId()
                    + ", not the one its name says");
        }
    }

    /** Deletes the snapshots that are wanted gone, damaged or not. */
    void delete(String persistenceId, Predicate<Name> wanted) throws IOException {
        Path own = directoryOf(persistenceId);
        for (Name name : list(own, wanted)) {
            Files.deleteIfExists(own.resolve(name.fileName()));
        }
    }

    /** Newest first. */
    private static List<Name> list(Path own, Predicate<Name> wanted) throws IOException {
        List<Name> names = new ArrayList<>();
        try (Storage storage = DiskStorage.open(own)) {
            for (String fileName : storage.list()) {
                Matcher matcher = NAME.matcher(fileName);
                if (matcher.matches()) {
                    Name name = new Name(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
                    if (wanted.test(name)) {
                        names.add(name);
                    }
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        names.sort(Comparator.comparingLong(Name::sequenceNr).thenComparingLong(Name::timestamp).reversed());
        return names;
    }

    private Path directoryOf(String persistenceId) {
        return directory.resolve(encode(persistenceId));
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
