package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What a lost data directory is restored from. */
@Command(name = "backup", description = {"Writes what is needed to go on without the daemon's data directory, should it"
        + " be lost, into a new directory: which journal it is, who was declared dead, and whose kernels may write."
        + " The daemon goes on.",
    "What was in sync is not in it, for no copy can be believed about that: after mirrorlogd restore every log is"
        + " resynced in full."})
final class BackupCommand implements Callable<Integer> {
    static final String FILE = "mirrorlog-backup";
    private static final String HEAD = "mirrorlogd-backup 1 ";

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(index = "0", paramLabel = "DIR", description = "where to; made if it is missing, else it must be empty")
    private Path directory;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        DaemonClient client = main.client();
        DaemonClient.Answer answer = client.lookInside("/mirrorlog/backup");
        JsonNode backup = client.checked(answer);
        byte[] body = (backup + "\n").getBytes(StandardCharsets.UTF_8);
        Path file = directory.resolve(FILE);
        try {
            write(file, (HEAD + sum(body) + "\n").getBytes(StandardCharsets.US_ASCII), body);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailedException(Exit.FAILED, e.getFile() + " is no empty directory, and is left as it is;"
                    + " name another one");
        } catch (IOException e) {
            throw new CommandFailedException(Exit.FAILED, file + " cannot be written: " + e);
        }
        spec.commandLine().getOut().println("written to " + file + ": journal " + backup.path("journal").asText()
                + " with " + backup.path("logs").size() + " logs, " + backup.path("runs").size() + " kernels that may"
                + " write, " + backup.path("deaths").size() + " declared dead");
        return Exit.OK;
    }

    /** Durable, or an exception. */
    private void write(Path file, byte[] head, byte[] body) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            if (entries.iterator().hasNext()) {
                throw new FileAlreadyExistsException(directory.toString());
            }
        }
        try (FileChannel out = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            for (byte[] part : new byte[][] {head, body}) {
                ByteBuffer left = ByteBuffer.wrap(part);
                while (left.hasRemaining()) {
                    out.write(left);
                }
            }
            out.force(true);
        }
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        }
    }

    static String sum(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has it", e);
        }
    }
}
