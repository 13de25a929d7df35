package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a directory of live records says of who has used it, as text in one file: a line, twice, so that one that was
 * written in part says nothing.
 *
 * @param used number of the last start that has served tables with it; 0: none
 * @param next number of a start that may have begun since, and has served nothing unless it is {@code used}
 * @param owner identity of the data directory whose starts these are
 * @param bootId run of the kernel that they were in
 */
record LiveStamp(long used, long next, String owner, String bootId) {
    private static final int MOST_BYTES = 4096;
    private static final Pattern TWICE = Pattern.compile("((\\d{18}) (\\d{18}) (\\S+) (.*)\n)\\1.*", Pattern.DOTALL);
    /** Whoever wrote it may have served tables after any start that is known elsewhere. */
    private static final LiveStamp TORN = new LiveStamp(Long.MAX_VALUE, Long.MAX_VALUE, "", "");

    /** Of a directory that has not been used in this run of the kernel. */
    static LiveStamp none(String bootId) {
        return new LiveStamp(0, 0, "", bootId);
    }

    /** @param bootId run of the kernel now: what others have left is void, and so is their stamp */
    static LiveStamp read(RecordDisk.Content content, String bootId) throws IOException {
        String head = RecordDisk.head(content, MOST_BYTES);
        if (head.isEmpty()) {
            return none(bootId);
        }
        Matcher text = TWICE.matcher(head);
        if (!text.matches()) {
            return TORN;
        }
        LiveStamp read = new LiveStamp(Long.parseLong(text.group(2)), Long.parseLong(text.group(3)), text.group(4),
                text.group(5));
        return read.bootId.equals(bootId) ? read : none(bootId);
    }

    /** In place. */
    void write(RecordDisk.Content content) throws IOException {
        String line = String.format("%018d %018d %s %s\n", used, next, owner, bootId);
        RecordDisk.writeFully(content, ByteBuffer.wrap((line + line).getBytes(StandardCharsets.ISO_8859_1)), 0);
    }

    /**
     * Whether nothing was served without these records since they were written.
     *
     * @param by identity of the data directory that asks
     * @param before the number of its last start; 0: not known
     */
    boolean isCurrent(String by, long before) {
        return before != 0 && owner.equals(by) && (used == before || next == before);
    }

    /** Whether these records have been used after that start. */
    boolean isAfter(long before) {
        return used > before;
    }
}
