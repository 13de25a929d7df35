package org.mirrorlog.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mirrorlog.cluster.NodeIdentity;

/**
 * What {@code mirrorlogctl backup} has written: a line with the sum of what follows, and that as JSON.
 *
 * @param bytes the whole file
 * @param journal identity of the lost journal
 * @param takenAt when, for people
 * @param node on which machine
 * @param dead declared, for ever
 * @param runs whose kernels may write the logs of that journal
 */
record Backup(byte[] bytes, String journal, String takenAt, String node, List<NodeIdentity> dead,
        List<NodeIdentity> runs) {
    static final String FILE = "mirrorlog-backup";
    private static final int MOST_BYTES = 64 << 20;
    private static final int MOST_HEAD = 200;
    private static final Pattern HEAD = Pattern.compile("mirrorlogd-backup ([0-9]+) ([0-9a-f]{64})");
    private static final Pattern JOURNAL = Pattern.compile("[0-9a-f]{32}");
    private static final int FORMAT = 1;

    Backup {
        bytes = bytes.clone();
        dead = List.copyOf(dead);
        runs = List.copyOf(runs);
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    /** @throws IOException it is missing, damaged or of another build; the message says which */
    static Backup read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is missing: that is what mirrorlogctl backup writes");
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is no backup: it is too large");
        }
        byte[] bytes = Files.readAllBytes(file);
        int end = 0;
        while (end < Math.min(bytes.length, MOST_HEAD) && bytes[end] != '\n') {
            end++;
        }
        Matcher head = HEAD.matcher(new String(bytes, 0, end, StandardCharsets.US_ASCII));
        if (!head.matches()) {
            throw new IOException(file + " is no backup, or damaged: its first line is not understood");
        }
        if (!head.group(1).equals(String.valueOf(FORMAT))) {
            throw new IOException(file + " is of a newer build");
        }
        byte[] body = Arrays.copyOfRange(bytes, Math.min(end + 1, bytes.length), bytes.length);
        if (!sum(body).equals(head.group(2))) {
            throw new IOException(file + " is damaged: what is in it does not fit its sum");
        }
        JsonNode backup = new ObjectMapper().readTree(body);
        String journal = backup.path("journal").asText();
        if (!JOURNAL.matcher(journal).matches()) {
            throw new IOException(file + " names no journal");
        }
        return new Backup(bytes, journal, backup.path("takenAt").asText(), backup.path("node").asText(),
                identities(backup.path("deaths")), identities(backup.path("runs")));
    }

    private static List<NodeIdentity> identities(JsonNode list) throws IOException {
        List<NodeIdentity> all = new ArrayList<>();
        for (JsonNode one : list) {
            if (one.path("bootId").asText().isEmpty()) {
                throw new IOException("an entry of the backup has no boot id: " + one);
            }
            all.add(new NodeIdentity(one.path("node").asText(), one.path("bootId").asText()));
        }
        return all;
    }

    private static String sum(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has it", e);
        }
    }
}
