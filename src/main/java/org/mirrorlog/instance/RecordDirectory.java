package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** The records of all instances of this machine, one file each, and the count of daemon starts. */
public final class RecordDirectory implements InstanceRecord.Store {
    private static final String SUFFIX = ".record";
    private static final String STARTS = "starts";

    private final Path directory;
    private final String bootId;

    private RecordDirectory(Path directory, String bootId) {
        this.directory = directory;
        this.bootId = bootId;
    }

    /** Opens or creates the directory; throws IOException if it cannot be written. */
    public static RecordDirectory open(Path directory, String bootId) throws IOException {
        Files.createDirectories(directory);
        return new RecordDirectory(directory, bootId);
    }

    /**
     * The number of this daemon start: higher than all before, also after the loss of this directory as long as the
     * clock did not go back.
     */
    public long nextStart(long nowMs) throws IOException {
        Path file = directory.resolve(STARTS);
        long last = 0;
        if (Files.exists(file)) {
            String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
            last = text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        }
        long start = Math.max(last + 1, nowMs);
        Path fresh = directory.resolve(STARTS + ".new");
        Files.writeString(fresh, start + "\n", StandardCharsets.US_ASCII);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return start;
    }

    /** Takes up every record of this boot; those of older boots are void and removed, damaged ones are set aside. */
    public void takeUpAll(Instances instances, long nowMs, Consumer<String> warn) throws IOException {
        for (RecordFile file : load(warn)) {
            instances.takeUp(file.key(), file.constructor(), file.memory(), file, nowMs);
        }
    }

    private List<RecordFile> load(Consumer<String> warn) throws IOException {
        List<RecordFile> loaded = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path path : paths) {
                try {
                    RecordFile file = RecordFile.open(path);
                    if (file.bootId().equals(bootId)) {
                        loaded.add(file);
                    } else {
                        file.destroy();
                    }
                } catch (IllegalArgumentException e) {
                    Files.move(path, path.resolveSibling(path.getFileName() + ".damaged"),
                            StandardCopyOption.REPLACE_EXISTING);
                    warn.accept("instance record set aside, its table will be asked to reconnect: " + e.getMessage());
                }
            }
        }
        return loaded;
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
                seen.sound().add("daemon starts: " + text);
            } else {
                seen.damaged().add("the count of daemon starts, " + starts + ", is no number: it goes on from the"
                        + " clock");
            }
        }
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path path : paths) {
                look(path, scratch.resolve("record"), seen);
            }
        }
        return seen;
    }

    private static void look(Path path, Path copy, Seen seen) throws IOException {
        try {
            Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
            RecordFile file = RecordFile.open(copy);
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
        return RecordFile.create(directory.resolve(name(key)), bootId, key, constructor, memory);
    }

    private static String name(InstanceKey key) {
        CRC32C crc = new CRC32C();
        crc.update(key.uuid().getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder readable = new StringBuilder();
        key.uuid().chars().limit(64).forEach(c -> readable.append(
                c < 128 && (Character.isLetterOrDigit(c) || c == '-') ? (char) c : '_'));
        return readable + String.format("-%08x-%016x", crc.getValue(), key.luid()) + SUFFIX;
    }
}
