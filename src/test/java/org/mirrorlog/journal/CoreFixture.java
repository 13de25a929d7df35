package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A {@link JournalCore} on any storage, with verbs for tests. */
final class CoreFixture {

    static final JournalId ID = new JournalId(0x1122334455667788L, 0x99aabbccddeeff00L);

    final Lines lines = new Lines();
    final Storage storage;
    final JournalOptions options;
    JournalCore core;

    CoreFixture(Storage storage, JournalOptions options) {
        this.storage = storage;
        this.options = options;
    }

    /** Small segments, so that everything happens soon. */
    static JournalOptions small() {
        return options(4096, 2048, 1024, 25);
    }

    static JournalOptions options(int segmentBytes, int groupBytes, int extendBytes, int compactBelowPercent) {
        return new JournalOptions(segmentBytes, groupBytes, extendBytes, compactBelowPercent, 512, 1 << 20,
                Duration.ofSeconds(5));
    }

    /** Remembers what the operator was told. */
    static final class Lines implements JournalLog {

        final List<String> all = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void info(String line) {
            all.add("INFO " + line);
        }

        @Override
        public void warn(String line) {
            all.add("WARN " + line);
        }

        @Override
        public void error(String line) {
            all.add("ERROR " + line);
        }

        long count(String part) {
            synchronized (all) {
                return all.stream().filter(line -> line.contains(part)).count();
            }
        }
    }

    CoreFixture open() throws IOException {
        core = new JournalOpener(storage, options, lines, () -> 0L).open(() -> ID);
        return this;
    }

    /** What became of a request; {@code isDecided} tells null for "on disk" from null for "not yet". */
    static final class Outcome implements WriteRequest.Completion {

        volatile boolean isDecided;
        volatile IOException failure;

        @Override
        public void complete(IOException cause) {
            if (isDecided) {
                throw new AssertionError("completed twice");
            }
            failure = cause;
            isDecided = true;
        }
    }

    static List<byte[]> events(String... texts) {
        List<byte[]> events = new ArrayList<>();
        for (String text : texts) {
            events.add(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return events;
    }

    /** Appends and returns the failure, or null. */
    IOException append(String id, long first, String... texts) {
        Outcome outcome = new Outcome();
        core.commit(List.of(WriteRequest.Append.of(id, first, events(texts), outcome)));
        return outcome.failure;
    }

    void mustAppend(String id, long first, String... texts) {
        assertNull(append(id, first, texts), "append of " + id + " at " + first);
    }

    void mustDelete(String id, long to) {
        Outcome outcome = new Outcome();
        core.commit(List.of(WriteRequest.Delete.of(id, to, outcome)));
        assertNull(outcome.failure, "deletion of " + id + " to " + to);
    }

    /** Runs compaction until there is nothing to do. */
    void compact() {
        int steps = 0;
        while (core.compactStep()) {
            if (++steps > 100_000) {
                throw new AssertionError("compaction does not end");
            }
        }
    }

    /** All live events of an id as "seq:text". */
    List<String> replay(String id) throws IOException {
        return replay(id, 1, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    List<String> replay(String id, long from, long to, long max) throws IOException {
        List<String> found = new ArrayList<>();
        core.replayer().replay(id, from, to, max, (sequenceNr, event) ->
                found.add(sequenceNr + ":" + new String(event, java.nio.charset.StandardCharsets.UTF_8)));
        return found;
    }

    /** The bytes of a storage file. */
    static byte[] read(Storage storage, String name) throws IOException {
        try (Storage.File file = storage.openForReading(name)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
            Storage.readFully(file, bytes, 0);
            return bytes.array();
        }
    }
}
