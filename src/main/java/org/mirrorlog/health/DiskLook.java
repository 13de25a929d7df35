package org.mirrorlog.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds out that a file system is almost full. May block as long as the file system does. */
public final class DiskLook {
    /** What a new segment of the journal takes, twice, and some records of tables. */
    static final long LEAST_BYTES = 256L << 20;
    /** Of a small file system: this share of it. */
    static final int LEAST_SHARE = 20;

    private final Path directory;

    /** The file system of this directory. */
    public DiskLook(Path directory) {
        this.directory = directory;
    }

    /** What is wrong with it now; that it cannot be asked is no news here. */
    public List<Concern> look() {
        try {
            var store = Files.getFileStore(directory);
            return judge(store.getUsableSpace(), store.getTotalSpace());
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Both in bytes. */
    List<Concern> judge(long free, long total) {
        boolean isLow = free < Math.min(LEAST_BYTES, total / LEAST_SHARE);
        return !isLow ? List.of() : List.of(new Concern(HealthCode.DATA_DISK_LOW, directory.toString(),
                (free >> 20) + " MiB of " + (total >> 20) + " MiB are free"));
    }
}
