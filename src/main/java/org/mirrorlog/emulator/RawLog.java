package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One log as a kernel's worker asks it, without the worker: a question, a wait, the next one. Has a socket of its own
 * and belongs to one thread. For measuring: as little as possible happens between a request and its answer.
 */
final class RawLog implements AutoCloseable {
    private static final int RESEND_MS = 15_000;
    private static final int MAX_RESENDS = 4;
    private static final int PROTOCOL_VERSION = 2;
    private static final long FIRST_LUID = 0xff11000008000000L;
    private static final long LUID_STEP = 0x200;
    private static final byte[] NOTHING = new byte[0];

    private final KernelSocket socket;
    private final String uuid;
    private final long luid;
    private final byte[] constructor;
    private final AtomicInteger seqs;
    private final byte[] word = new byte[Long.BYTES];
    private final byte[] wordPair = new byte[2 * Long.BYTES];
    private final ByteBuffer wordBuffer = ByteBuffer.wrap(word).order(ByteOrder.nativeOrder());
    private final ByteBuffer pairBuffer = ByteBuffer.wrap(wordPair).order(ByteOrder.nativeOrder());
    private long resends;

    /**
     * Opens a socket; the log is not constructed yet.
     *
     * @param seqs the sequence counter that all logs of the machine share
     * @param index which of the machine's tables, from 0
     */
    RawLog(Path daemonPath, AtomicInteger seqs, int index, String uuid, String constructor) throws IOException {
        this.socket = new KernelSocket(daemonPath);
        this.seqs = seqs;
        this.uuid = uuid;
        this.luid = FIRST_LUID + index * LUID_STEP;
        this.constructor = constructor.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Constructs and resumes the log. */
    void resume() throws IOException {
        ask(RequestType.CTR, constructor);
        ask(RequestType.GET_REGION_SIZE, NOTHING);
        ask(RequestType.RESUME, NOTHING);
    }

    /** What a kernel does that found nobody listening: constructs again, with the NUL that tells, and resumes. */
    void reconnect() throws IOException {
        ask(RequestType.CTR, Arrays.copyOf(constructor, constructor.length + 1));
        ask(RequestType.RESUME, NOTHING);
    }

    /** Suspends and destroys the log. */
    void remove() throws IOException {
        ask(RequestType.PRESUSPEND, NOTHING);
        ask(RequestType.POSTSUSPEND, NOTHING);
        ask(RequestType.DTR, NOTHING);
    }

    /** Asks without an argument. */
    byte[] ask(RequestType type) throws IOException {
        return ask(type, NOTHING);
    }

    /** Asks about a region. */
    byte[] ask(RequestType type, long region) throws IOException {
        wordBuffer.putLong(0, region);
        return ask(type, word);
    }

    /** SET_REGION_SYNC. */
    byte[] setRegionSync(long region, boolean isInSync) throws IOException {
        pairBuffer.putLong(0, region);
        pairBuffer.putLong(Long.BYTES, isInSync ? 1 : 0);
        return ask(RequestType.SET_REGION_SYNC, wordPair);
    }

    /** That word of an answer. */
    static long word(byte[] answer, int index) throws IOException {
        if (answer.length < (index + 1) * Long.BYTES) {
            throw new IOException("answer has only " + answer.length + " bytes");
        }
        return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).getLong(index * Long.BYTES);
    }

    private byte[] ask(RequestType type, byte[] payload) throws IOException {
        for (int i = 0; i <= MAX_RESENDS; i++) {
            int seq = seqs.getAndIncrement();
            if (!socket.send(new UlogRequest(luid, uuid, PROTOCOL_VERSION, seq, type.code(), payload))) {
                throw new IOException(type + " of " + uuid + ": nobody listens");
            }
            UlogAnswer answer = await(seq);
            if (answer == null) {
                resends++;
            } else if (answer.error() != 0) {
                throw new IOException(type + " of " + uuid + ": error " + answer.error());
            } else {
                return answer.payload();
            }
        }
        throw new IOException(type + " of " + uuid + ": no answer, sent " + (MAX_RESENDS + 1) + " times");
    }

    private UlogAnswer await(int seq) throws IOException {
        long deadlineNs = 0;
        int timeoutMs = RESEND_MS;
        while (true) {
            UlogAnswer answer = socket.receive(timeoutMs);
            if (answer != null && answer.seq() == seq) {
                return answer;
            }
            if (answer == null && deadlineNs == 0 && timeoutMs == RESEND_MS) {
                return null;
            }
            // A late answer came: go on waiting, but not for ever.
            long now = System.nanoTime();
            deadlineNs = deadlineNs == 0 ? now + TimeUnit.MILLISECONDS.toNanos(RESEND_MS) : deadlineNs;
            timeoutMs = (int) TimeUnit.NANOSECONDS.toMillis(deadlineNs - now);
            if (timeoutMs <= 0) {
                return null;
            }
        }
    }

    /** Requests that were sent again, after 15 s without an answer. */
    long resends() {
        return resends;
    }

    @Override
    public void close() {
        socket.close();
    }
}
