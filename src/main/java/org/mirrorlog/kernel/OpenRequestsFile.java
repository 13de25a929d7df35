package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link OpenRequests} in a file that is mapped: the pages outlive the process, nothing is forced, and a request costs
 * three stores to memory. Belongs into a file system in memory, which neither fails nor waits.
 */
public final class OpenRequestsFile {
    private static final Logger LOG = LoggerFactory.getLogger(OpenRequestsFile.class);
    private static final Set<OpenOption> OPTIONS = Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ,
            StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private OpenRequestsFile() {
    }

    /**
     * Opens it, made anew if need be. Where that cannot be, a line says so: then kernels ask again by themselves, 15 s
     * later.
     *
     * @param file used by nobody else meanwhile; its directory is made if it is not there
     * @param bootId of the kernels that are served
     */
    public static Optional<OpenRequests> open(Path file, String bootId) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(file, OPTIONS,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                if (channel.size() != OpenRequests.BYTES) {
                    takeRoom(channel);
                }
                ByteBuffer memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, OpenRequests.BYTES);
                return Optional.of(OpenRequests.over(memory, bootId));
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("which requests are under way cannot be kept in {} ({}): should this daemon end suddenly, its"
                    + " kernel asks again after 15 s, not at once", file, e.toString());
            return Optional.empty();
        }
    }

    /** All of it: a page that has no room when it is first written would end the process. */
    private static void takeRoom(FileChannel channel) throws IOException {
        channel.truncate(0);
        ByteBuffer zeros = ByteBuffer.allocate(OpenRequests.BYTES);
        while (zeros.hasRemaining()) {
            channel.write(zeros);
        }
    }
}
