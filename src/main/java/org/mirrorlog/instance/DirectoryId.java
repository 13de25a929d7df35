package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/** The identity of a directory of records, in a file of it: which one it is, whatever its path. A copy has the same. */
final class DirectoryId {
    static final String NAME = "id";
    private static final int CHARS = 36;

    private DirectoryId() {
    }

    /**
     * Reads it. It is durable when this returns.
     *
     * @param fresh the one it gets where it has none that can be read whole
     */
    static String of(RecordDisk disk, Path directory, UUID fresh) throws IOException {
        Path path = directory.resolve(NAME);
        try (RecordDisk.Content content = disk.open(path)) {
            ByteBuffer bytes = RecordDisk.readFully(path, content, ByteBuffer.allocate(CHARS), 0);
            return UUID.fromString(StandardCharsets.US_ASCII.decode(bytes).toString()).toString();
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return make(disk, path, fresh.toString());
        } catch (IOException e) {
            throw RecordDisk.at(path, e);
        }
    }

    private static String make(RecordDisk disk, Path path, String id) throws IOException {
        Path fresh = path.resolveSibling(NAME + RecordDirectory.UNFINISHED);
        try {
            try (RecordDisk.Content content = disk.create(fresh)) {
                RecordDisk.writeFully(content, ByteBuffer.wrap((id + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
                content.force();
            }
            disk.move(fresh, path);
            disk.forceDirectory(path.getParent());
            return id;
        } catch (IOException e) {
            throw RecordDisk.at(path, e);
        }
    }
}
