package org.mirrorlog.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes plain files into a tar archive (ustar), readable by its owner only. For one thread. */
final class TarFile implements AutoCloseable {
    private static final int BLOCK = 512;
    private static final int MODE_AT = 100;
    private static final int OWNER_AT = 108;
    private static final int GROUP_AT = 116;
    private static final int SIZE_AT = 124;
    private static final int TIME_AT = 136;
    private static final int SUM_AT = 148;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;

    private final OutputStream out;
    private final long timeSeconds;

    /** @param timeSeconds the time of all its files, in seconds since 1970 */
    TarFile(OutputStream out, long timeSeconds) {
        this.out = out;
        this.timeSeconds = timeSeconds;
    }

    /** @param name of fewer than 100 ASCII characters */
    void add(String name, byte[] content) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, MODE_AT, "0000600");
        put(header, OWNER_AT, "0000000");
        put(header, GROUP_AT, "0000000");
        put(header, SIZE_AT, String.format("%011o", content.length));
        put(header, TIME_AT, String.format("%011o", timeSeconds));
        put(header, SUM_AT, "        ");
        put(header, TYPE_AT, "0");
        put(header, MAGIC_AT, "ustar\00000");
        int sum = 0;
        for (byte one : header) {
            sum += one;
        }
        put(header, SUM_AT, String.format("%06o\0", sum));
        out.write(header);
        out.write(content);
        out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** Ends the archive. */
    @Override
    public void close() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.close();
    }
}
