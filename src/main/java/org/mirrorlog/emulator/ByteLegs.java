package org.mirrorlog.emulator;

import java.util.Optional;
import java.util.Random;

/** Legs as byte arrays. Each can be told to fail. Not thread-safe. */
public final class ByteLegs implements Legs {
    private static final int CHUNK_BYTES = 1 << 20;

    private final byte[][][] chunks;
    private final boolean[] isFailingReads;
    private final boolean[] isFailingWrites;
    private final long sizeBytes;

    /** Legs full of zeros. */
    public ByteLegs(int count, long sizeBytes) {
        if (count < 2 || sizeBytes < 1) {
            throw new IllegalArgumentException("a mirror has 2 legs or more, of 1 byte or more: " + count + ", "
                    + sizeBytes);
        }
        this.sizeBytes = sizeBytes;
        isFailingReads = new boolean[count];
        isFailingWrites = new boolean[count];
        chunks = new byte[count][Math.toIntExact((sizeBytes - 1) / CHUNK_BYTES + 1)][];
        for (byte[][] leg : chunks) {
            for (int i = 0; i < leg.length; i++) {
                leg[i] = new byte[(int) Math.min(CHUNK_BYTES, sizeBytes - (long) i * CHUNK_BYTES)];
            }
        }
    }

    /** Fills every leg with different noise, like disks that were never mirrored. */
    public ByteLegs scramble(Random random) {
        for (byte[][] leg : chunks) {
            for (byte[] chunk : leg) {
                random.nextBytes(chunk);
            }
        }
        return this;
    }

    /** From now on the leg fails, or works again; its content stays. */
    public void setFailing(int leg, boolean isFailing) {
        setFailing(leg, isFailing, isFailing);
    }

    /** From now on the leg fails to read, to write, or both. */
    public void setFailing(int leg, boolean failsReads, boolean failsWrites) {
        isFailingReads[leg] = failsReads;
        isFailingWrites[leg] = failsWrites;
    }

    @Override
    public int count() {
        return chunks.length;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public Optional<byte[]> read(int leg, long offsetBytes, int lengthBytes) {
        check(offsetBytes, lengthBytes);
        if (isFailingReads[leg]) {
            return Optional.empty();
        }
        byte[] data = new byte[lengthBytes];
        for (int done = 0; done < lengthBytes;) {
            byte[] chunk = chunks[leg][(int) ((offsetBytes + done) / CHUNK_BYTES)];
            int at = (int) ((offsetBytes + done) % CHUNK_BYTES);
            int part = Math.min(lengthBytes - done, chunk.length - at);
            System.arraycopy(chunk, at, data, done, part);
            done += part;
        }
        return Optional.of(data);
    }

    @Override
    public boolean write(int leg, long offsetBytes, byte[] data) {
        check(offsetBytes, data.length);
        if (isFailingWrites[leg]) {
            return false;
        }
        for (int done = 0; done < data.length;) {
            byte[] chunk = chunks[leg][(int) ((offsetBytes + done) / CHUNK_BYTES)];
            int at = (int) ((offsetBytes + done) % CHUNK_BYTES);
            int part = Math.min(data.length - done, chunk.length - at);
            System.arraycopy(data, done, chunk, at, part);
            done += part;
        }
        return true;
    }

    private void check(long offsetBytes, int lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes + lengthBytes > sizeBytes) {
            throw new IllegalArgumentException(lengthBytes + " bytes at " + offsetBytes + " are outside of a leg of "
                    + sizeBytes + " bytes");
        }
    }
}
