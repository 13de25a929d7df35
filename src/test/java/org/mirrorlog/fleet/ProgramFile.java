package org.mirrorlog.fleet;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;

/** The file that daemons were started from. */
final class ProgramFile {
    private static final Path JAR = Path.of("target/mirrorlogd.jar").toAbsolutePath();

    private ProgramFile() {
    }

    /**
     * Copies another build over it, as {@code cp} does, and then renames one into its place, as {@code mv} does, while
     * machines write; nothing happens to the daemons, and they can do what they had not done before.
     */
    static void replace(Fleet fleet) throws IOException {
        List<List<Integer>> exits = exits(fleet);
        byte[] original = Files.readAllBytes(JAR);
        FileTime built = Files.getLastModifiedTime(JAR);
        Path other = another();
        Path kept = JAR.resolveSibling("mirrorlogd.jar.kept");
        Files.createLink(kept, JAR);
        try {
            Files.write(JAR, Files.readAllBytes(other));
            fleet.awaitWrites(Trouble.SOME);
            Files.write(JAR, original);
            Files.setLastModifiedTime(JAR, built);
            Files.move(other, JAR, StandardCopyOption.ATOMIC_MOVE);
            fleet.awaitWrites(Trouble.SOME);
            fleet.nodes().forEach(node -> node.json("/mirrorlog/nodes"));
        } finally {
            Files.write(kept, original);
            Files.setLastModifiedTime(kept, built);
            Files.move(kept, JAR, StandardCopyOption.ATOMIC_MOVE);
        }
        if (!exits(fleet).equals(exits)) {
            throw new AssertionError("daemons have ended: before " + exits + ", now " + exits(fleet));
        }
    }

    private static List<List<Integer>> exits(Fleet fleet) {
        return fleet.nodes().stream().map(FleetNode::exits).toList();
    }

    /** The same program with one file more. */
    private static Path another() throws IOException {
        Path other = JAR.resolveSibling("mirrorlogd.jar.other");
        Files.copy(JAR, other, StandardCopyOption.REPLACE_EXISTING);
        try (FileSystem jar = FileSystems.newFileSystem(other)) {
            Files.writeString(jar.getPath("another-build"), "");
        }
        return other;
    }
}
