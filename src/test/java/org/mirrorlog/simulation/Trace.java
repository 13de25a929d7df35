package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** The last steps of a run; put into words only when somebody wants to read them. */
final class Trace {
    private static final int MOST = 100_000;

    private record Entry(long atUs, String who, Object[] what) { }

    private final Deque<Entry> entries = new ArrayDeque<>();
    private final EventQueue time;
    private final int kept;

    Trace(EventQueue time, int kept) {
        this.time = time;
        this.kept = Math.min(kept, MOST);
    }

    /** The parts must not change any more. */
    void add(String who, Object... what) {
        if (kept == 0) {
            return;
        }
        if (entries.size() == kept) {
            entries.removeFirst();
        }
        entries.addLast(new Entry(time.nowUs(), who, what));
    }

    List<String> lines() {
        return entries.stream()
                .map(entry -> String.format("%12.6f %-8s %s", entry.atUs / 1e6, entry.who, words(entry.what)))
                .toList();
    }

    private static String words(Object[] parts) {
        StringBuilder text = new StringBuilder();
        for (Object part : parts) {
            text.append(text.length() == 0 ? "" : " ").append(word(part));
        }
        return text.toString();
    }

    private static String word(Object part) {
        if (part instanceof UlogRequest request) {
            String arguments = request.type().orElseThrow() == RequestType.CTR ? new String(request.payload(),
                    java.nio.charset.StandardCharsets.ISO_8859_1).replace('\0', '#') : numbers(request.payload());
            return "#" + Integer.toUnsignedString(request.seq()) + ' ' + request.type().orElseThrow() + ' '
                    + request.uuid() + '/' + Long.toHexString(request.luid()) + ' ' + arguments;
        }
        if (part instanceof UlogAnswer answer) {
            return (answer.isShortAck() ? "ack " : "") + answer.error() + ' ' + numbers(answer.payload());
        }
        return String.valueOf(part);
    }

    private static String numbers(byte[] payload) {
        long[] numbers = new long[payload.length / Long.BYTES];
        ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).asLongBuffer().get(numbers);
        return numbers.length == 0 ? "" : Arrays.toString(numbers);
    }
}
