package org.mirrorlog.instance;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * What the file of a table's record is called; no two tables have one name. The log's name comes first, readable as far
 * as it can be, and the table's luid last. In between stands, in 8 hex digits, a checksum of the log's name where that
 * is spelled in full; else its digest, in 64.
 */
final class RecordName {
    static final String SUFFIX = ".record";
    private static final int MOST_READABLE = 64;

    private RecordName() {
    }

    static String of(InstanceKey key) {
        String readable = readable(key.uuid());
        return String.format("%s-%s-%016x%s", readable,
                readable.equals(key.uuid()) ? checksum(key.uuid()) : digest(key.uuid()), key.luid(), SUFFIX);
    }

    private static String readable(String uuid) {
        StringBuilder readable = new StringBuilder();
        uuid.chars().limit(MOST_READABLE).forEach(c -> readable.append(
                c < 128 && (Character.isLetterOrDigit(c) || c == '-') ? (char) c : '_'));
        return readable.toString();
    }

    private static String checksum(String uuid) {
        CRC32C crc = new CRC32C();
        crc.update(bytes(uuid));
        return String.format("%08x", crc.getValue());
    }

    private static String digest(String uuid) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(uuid)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] bytes(String uuid) {
        return uuid.getBytes(StandardCharsets.ISO_8859_1);
    }
}
