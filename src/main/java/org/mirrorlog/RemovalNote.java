package org.mirrorlog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file in the data directory that says: the cluster has removed this node, so there is one without it. As long as the
 * note is there, the node does not start a cluster of its own just because it hears nobody: it may still be cut off.
 */
final class RemovalNote {
    private static final String NAME = "removed-from-cluster";

    private final Path file;

    RemovalNote(Path dataDir) {
        this.file = dataDir.resolve(NAME);
    }

    boolean exists() {
        return Files.exists(file);
    }

    void write() throws IOException {
        Files.writeString(file,
                "The cluster removed this node; it is to join again, not to start a cluster of its own.\n");
    }

    /** The node is a member again. */
    void remove() throws IOException {
        Files.deleteIfExists(file);
    }
}
