package org.mirrorlog.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The bytes of a snapshot file, little-endian. Magic, version and checksum keep their places in all versions.
 *
 * <pre>
 *  0 magic "MIRLOGS\n"     8 format version u32    12 CRC32C of everything from 16 on, u32
 * 16 sequence number u64  24 timestamp in ms i64   32 serializer id i32    36 payload length u32
 * 40 persistence id | manifest (each UTF-8 with its length, u16, before it) | payload
 *    then "JOURNAL\n" and the journal's identity, 16 bytes; not in older files, and passed over by older programs
 * </pre>
 */
public final class SnapshotCodec {

    static final int FORMAT_VERSION = 1;

    private static final byte[] MAGIC = "MIRLOGS\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JOURNAL_MAGIC = "JOURNAL\n".getBytes(StandardCharsets.US_ASCII);
    private static final int JOURNAL_BYTES = JOURNAL_MAGIC.length + JournalId.BYTES;
    private static final int CRC_AT = 12;
    private static final int CHECKED_FROM = 16;
    private static final int FIXED_BYTES = 40;
    private static final int MAX_TEXT_BYTES = 0xffff;

    private SnapshotCodec() {
    }

    /**
     * One snapshot. The payload is not copied.
     *
     * @param journal the journal whose events led to it; null in snapshots of older builds, which name none
     */
    public record Stored(String persistenceId, long sequenceNr, long timestamp, int serializerId, String manifest,
            byte[] payload, JournalId journal) {

        /** The same, as a state of that journal. */
        public Stored of(JournalId id) {
            return new Stored(persistenceId, sequenceNr, timestamp, serializerId, manifest, payload, id);
        }

        /** All but the state itself. */
        Stored withoutPayload() {
            return new Stored(persistenceId, sequenceNr, timestamp, serializerId, manifest, new byte[0], journal);
        }

        /**
         * Whether it proves, where it is above the head of its history in that journal, that some of the history is
         * lost: a snapshot is saved after its events. Of logs alone, which can be adopted. Nothing could bring another
         * history back: the register of deaths, where less of it known leaves marks held, never lets one go.
         */
        public boolean provesLoss(JournalId id) {
            return id.equals(journal) && JournalCheck.isLog(persistenceId);
        }

        /** Whether another journal led to it. */
        public boolean isForeignTo(JournalId id) {
            return journal != null && !journal.equals(id);
        }
    }

    /** The bytes of a snapshot. */
    public static ByteBuffer encode(Stored snapshot) {
        byte[] id = text(snapshot.persistenceId());
        byte[] manifest = text(snapshot.manifest());
        ByteBuffer out = ByteBuffer.allocate(
                FIXED_BYTES + 2 * Short.BYTES + id.length + manifest.length + snapshot.payload().length
                        + (snapshot.journal() == null ? 0 : JOURNAL_BYTES));
        out.order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).putInt(FORMAT_VERSION).putInt(0);
        out.putLong(snapshot.sequenceNr()).putLong(snapshot.timestamp());
        out.putInt(snapshot.serializerId()).putInt(snapshot.payload().length);
        out.putShort((short) id.length).put(id).putShort((short) manifest.length).put(manifest);
        out.put(snapshot.payload());
        if (snapshot.journal() != null) {
            out.put(JOURNAL_MAGIC).put(snapshot.journal().toBytes());
        }
        return out.putInt(CRC_AT, checksum(out.array())).flip();
    }

    /**
     * Reads the bytes of a snapshot.
     *
     * @throws JournalException if they are not what was written, saying why
     */
    public static Stored decode(byte[] bytes) throws JournalException {
        if (bytes.length < FIXED_BYTES || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new JournalException("it does not begin like a snapshot");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(MAGIC.length);
        int version = in.getInt();
        if (version != FORMAT_VERSION) {
            throw new JournalException("it has format version " + version + "; this program knows version "
                    + FORMAT_VERSION + " only");
        }
        if (in.getInt() != checksum(bytes)) {
            throw new JournalException("its checksum is wrong");
        }
        try {
            long sequenceNr = in.getLong();
            long timestamp = in.getLong();
            int serializerId = in.getInt();
            byte[] payload = new byte[in.getInt()];
            String id = getText(in);
            String manifest = getText(in);
            in.get(payload);
            return new Stored(id, sequenceNr, timestamp, serializerId, manifest, payload, getJournal(in));
        } catch (BufferUnderflowException e) {
            throw new JournalException("it ends too early", e);
        }
    }

    private static JournalId getJournal(ByteBuffer in) throws JournalException {
        if (!in.hasRemaining()) {
            return null;
        }
        byte[] magic = new byte[JOURNAL_MAGIC.length];
        byte[] id = new byte[JournalId.BYTES];
        in.get(magic).get(id);
        if (!Arrays.equals(magic, JOURNAL_MAGIC)) {
            throw new JournalException("what follows its payload is not the name of a journal");
        }
        return JournalId.of(id);
    }

    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException("a text of " + bytes.length + " bytes; at most " + MAX_TEXT_BYTES
                    + " are allowed");
        }
        return bytes;
    }

    private static String getText(ByteBuffer in) {
        byte[] text = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, CHECKED_FROM, bytes.length - CHECKED_FROM);
        return (int) crc.getValue();
    }
}
