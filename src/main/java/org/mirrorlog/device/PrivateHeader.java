package org.mirrorlog.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Our bytes in the part of the log's header that nobody else uses: whose log this is (design.md D21).
 *
 * <pre>
 * offset size  little-endian
 *     16    8  "mirrorlg"
 *     24    4  version 1
 *     28    4  flags, bit 0 = active
 *     32   16  journal id, most significant byte first
 *     48    8  number of the log's last journal record
 *     56    8  nr_regions when written; other than the log's own = somebody else formatted it since
 *     64    2  bytes of the cluster name
 *     66   64  cluster name, UTF-8, zero-filled
 *    130    2  zero
 *    132    4  CRC-32C of bytes 16 to 131
 * </pre>
 *
 * <p>All of it lies in the first 512 bytes, so that it is written in one block with the log's own header. Whatever does
 * not match is taken for absent: logs without it, filled with 0x00 or 0xFF by LVM, damaged ones.
 *
 * @param journalId identity of the journal that owns the log
 * @param cluster name of the cluster, at most {@value #MAX_CLUSTER_BYTES} bytes of UTF-8; may be empty
 * @param isActive whether the log may be resumed somewhere, so that the journal may know of more dirty regions
 * @param logNumber number of the log's last journal record that the owner knew, unsigned
 */
public record PrivateHeader(UUID journalId, String cluster, boolean isActive, long logNumber) {
    /** The most that the name may take. */
    public static final int MAX_CLUSTER_BYTES = 64;

    static final int OFFSET = 16;
    static final int BYTES = 120;

    // "mirrorlg" read as a little-endian number.
    private static final long MAGIC = 0x676c_726f_7272_696dL;
    private static final int VERSION = 1;
    private static final int FLAG_ACTIVE = 1;
    private static final int CRC_AT = BYTES - 4;

    public PrivateHeader {
        Objects.requireNonNull(journalId, "journalId");
        if (cluster.getBytes(StandardCharsets.UTF_8).length > MAX_CLUSTER_BYTES) {
            throw new IllegalArgumentException(
                    "cluster name on a log device is at most " + MAX_CLUSTER_BYTES + " bytes of UTF-8: " + cluster);
        }
    }

    /** The same with another state. */
    public PrivateHeader withActive(boolean nowActive, long nowLogNumber) {
        return new PrivateHeader(journalId, cluster, nowActive, nowLogNumber);
    }

    /** The {@value #BYTES} bytes. */
    byte[] encode(long nrRegions) {
        byte[] name = cluster.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(isActive ? FLAG_ACTIVE : 0);
        out.order(ByteOrder.BIG_ENDIAN).putLong(journalId.getMostSignificantBits())
                .putLong(journalId.getLeastSignificantBits()).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(logNumber).putLong(nrRegions).putShort((short) name.length).put(name);
        out.putInt(CRC_AT, crc(out.array()));
        return out.array();
    }

    /** The header in these {@value #BYTES} bytes, if it is one and was written for a log of {@code nrRegions}. */
    static Optional<PrivateHeader> decode(byte[] bytes, long nrRegions) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (in.getLong() != MAGIC || in.getInt() != VERSION || in.getInt(CRC_AT) != crc(bytes)) {
            return Optional.empty();
        }
        boolean isActive = (in.getInt() & FLAG_ACTIVE) != 0;
        in.order(ByteOrder.BIG_ENDIAN);
        UUID journalId = new UUID(in.getLong(), in.getLong());
        in.order(ByteOrder.LITTLE_ENDIAN);
        long logNumber = in.getLong();
        long writtenFor = in.getLong();
        int nameBytes = in.getShort();
        if (writtenFor != nrRegions || nameBytes < 0 || nameBytes > MAX_CLUSTER_BYTES) {
            return Optional.empty();
        }
        String cluster = new String(bytes, in.position(), nameBytes, StandardCharsets.UTF_8);
        boolean isOurs = cluster.getBytes(StandardCharsets.UTF_8).length == nameBytes;
        return isOurs ? Optional.of(new PrivateHeader(journalId, cluster, isActive, logNumber)) : Optional.empty();
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CRC_AT);
        return (int) crc.getValue();
    }
}
