package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.emulator.Recording.Exchange;
import org.mirrorlog.emulator.Recording.Section;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * The emulated kernel, doing what was done to a real one and given the same answers, asks the same questions in that
 * order.
 */
class RecordedTrafficTest {
    private static final long SECTORS = 16896;
    private static final byte[] BLOCK = new byte[4096];

    private final EmulatedMachine machine = new EmulatedMachine("boot");
    private final EmulatedDevice device = machine.device("m", new ByteLegs(2, SECTORS * 512));
    private final Map<Long, String> tables = new HashMap<>();
    private final Map<String, Deque<Exchange>> expected = new HashMap<>();
    private int compared;

    @ParameterizedTest
    @ValueSource(strings = {"life-stub-core", "life-stub-disk", "life-stub-core-integrated_flush",
        "life-stub-disk-integrated_flush"})
    void shouldAskWhatARealKernelAskedThroughALife(String name) {
        Recording recording = Recording.load(name);

        MirrorTable table = table(recording);
        for (Section section : recording.sections()) {
            startOf(section);
            act(section, table);
            endOf(section);
        }

        assertTrue(compared > 300, "compared only " + compared);
        assertEquals(List.of(), machine.complaints().first());
    }

    private void act(Section section, MirrorTable table) {
        String title = section.title();
        if (title.startsWith("create")) {
            device.load(table);
            run();
            device.resume();
        } else if (title.contains("write")) {
            for (long region : marked(section)) {
                device.write(region * 1024 * 512, BLOCK);
                run();
            }
        } else if (title.contains("reads")) {
            for (Exchange read : section.exchanges()) {
                device.read(word(read.payload(), 0) * 1024 * 512, BLOCK.length);
            }
        } else if (title.equals("suspend")) {
            device.suspend();
        } else if (title.equals("resume")) {
            device.resume();
        } else if (title.contains("resume")) {
            device.suspend();
            run();
            device.resume();
        } else if (title.startsWith("reload")) {
            device.load(table);
        } else if (title.equals("remove")) {
            device.remove();
        }
        run();
        askForStatus();
    }

    @Test
    void shouldReconnectAsARealKernelDid() {
        Recording recording = Recording.load("daemon-killed-stub-clustered-disk");
        List<Section> sections = recording.sections();
        createAndSync(sections.subList(0, 1), table(recording));
        startOf(sections.get(2));
        device.write(2 * 1024 * 512L, BLOCK);
        refuseNext();
        machine.advanceTo(machine.nowMs() + 2_000);
        refuseNext();
        endOf(sections.get(2));

        expect(sections.get(3));
        machine.advanceTo(machine.nowMs() + 2_000);
        run();
        endOf(sections.get(3));
        finish(sections.get(4));

        assertEquals(2, machine.refusals());
    }

    @Test
    void shouldSendAgainAsARealKernelDid() {
        Recording recording = Recording.load("daemon-stopped-20s-stub-disk-integrated_flush");
        List<Section> sections = recording.sections();
        createAndSync(sections.subList(0, 1), table(recording));
        startOf(sections.get(2));
        device.write(2 * 1024 * 512L, BLOCK);
        Deque<UlogRequest> unanswered = new ArrayDeque<>();
        while (machine.nowMs() < 20_000) {
            machine.nextRequest().ifPresent(request -> unanswered.add(checked(request)));
            machine.advanceTo(machine.nowMs() + 10);
        }
        endOf(sections.get(2));

        startOf(sections.get(3));
        for (UlogRequest request : unanswered) {
            byte[] answer = request.type().orElseThrow() == RequestType.IN_SYNC ? words(1) : words();
            machine.answer(new UlogAnswer(request.seq(), 0, false, answer.length, answer));
        }
        run();
        endOf(sections.get(3));
        finish(sections.get(4));

        assertEquals(2, machine.resends());
        assertEquals(2, machine.lateAnswers());
    }

    private void createAndSync(List<Section> sections, MirrorTable table) {
        for (Section section : sections) {
            startOf(section);
            if (section.title().startsWith("create")) {
                device.load(table);
                run();
                device.resume();
            }
            run();
            askForStatus();
            endOf(section);
        }
    }

    private void finish(Section section) {
        startOf(section);
        askForStatus();
        device.remove();
        run();
        endOf(section);
    }

    // ---- driving

    /**
     * Moves the clock to where the section begins; what is asked on the way belongs to the section before, or to
     * nobody.
     */
    private void startOf(Section section) {
        if (!section.exchanges().isEmpty()) {
            machine.advanceTo(section.exchanges().get(0).timeMs());
            if (section.title().startsWith("24 random 4k writes")) {
                // After the part that is left out: whatever it left behind is answered and forgotten.
                run(request -> answer(request, words()));
            } else {
                run();
            }
        }
        expect(section);
    }

    private void expect(Section section) {
        for (Exchange exchange : section.exchanges()) {
            expected.computeIfAbsent(exchange.table() + exchange.sender(), key -> new ArrayDeque<>()).add(exchange);
        }
    }

    private void endOf(Section section) {
        if (!section.exchanges().isEmpty()) {
            long last = section.exchanges().get(section.exchanges().size() - 1).timeMs();
            machine.advanceTo(last);
            run();
        }
        expected.forEach((stream, left) ->
                assertTrue(left.isEmpty(), () -> section.title() + ": not asked: " + stream + ' ' + left));
    }

    private void run() {
        run(this::checkAndAnswer);
    }

    private void run(java.util.function.Consumer<UlogRequest> responder) {
        do {
            for (Optional<UlogRequest> next = machine.nextRequest(); next.isPresent(); next = machine.nextRequest()) {
                responder.accept(next.get());
            }
        } while (machine.performOldest());
    }

    private void checkAndAnswer(UlogRequest request) {
        Exchange exchange = match(request);
        if (exchange.answer() != null) {
            answer(request, exchange.answer());
        }
    }

    private UlogRequest checked(UlogRequest request) {
        match(request);
        return request;
    }

    private void refuseNext() {
        UlogRequest request = machine.nextRequest().orElseThrow();
        match(request);
        machine.refused(request);
    }

    private Exchange match(UlogRequest request) {
        String table = tables.computeIfAbsent(request.luid(), luid -> "L" + (tables.size() + 1));
        for (String sender : List.of("kernel", "ioctl")) {
            Deque<Exchange> stream = expected.getOrDefault(table + sender, new ArrayDeque<>());
            Exchange head = stream.peek();
            if (head != null && head.type() == request.type().orElseThrow()
                    && Arrays.equals(head.payload(), request.payload())) {
                compared++;
                return stream.poll();
            }
        }
        return fail(table + " asks " + request.type().orElseThrow() + ' ' + Recording.text(request.payload())
                + " at " + machine.nowMs() + " ms, recorded: " + expected);
    }

    private void answer(UlogRequest request, byte[] data) {
        machine.answer(new UlogAnswer(request.seq(), 0, false, data.length, data));
    }

    private void askForStatus() {
        for (Deque<Exchange> stream : expected.values()) {
            while (!stream.isEmpty() && stream.peek().sender().equals("ioctl")
                    && stream.peek().type() == RequestType.GET_SYNC_COUNT) {
                device.status();
                run();
            }
        }
    }

    private static MirrorTable table(Recording recording) {
        String string = new String(recording.sections().get(0).exchanges().get(0).payload(),
                java.nio.charset.StandardCharsets.ISO_8859_1);
        boolean isIntegrated = recording.sections().stream().flatMap(section -> section.exchanges().stream())
                .noneMatch(exchange -> exchange.type() == RequestType.MARK_REGION);
        MirrorTable table = new MirrorTable("uuid", SECTORS, string.substring(string.indexOf(' ') + 1), false,
                false, false);
        return isIntegrated ? table.withIntegratedFlush() : table;
    }

    /** The regions that were written, one at a time. */
    private static long[] marked(Section section) {
        return section.exchanges().stream()
                .filter(exchange -> exchange.type() == RequestType.MARK_REGION
                        || exchange.type() == RequestType.FLUSH && exchange.payload().length > 0)
                .mapToLong(exchange -> word(exchange.payload(), 0)).toArray();
    }

    private static long word(byte[] payload, int index) {
        return ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).getLong(index * Long.BYTES);
    }

    private static byte[] words(long... words) {
        ByteBuffer buffer = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (long word : words) {
            buffer.putLong(word);
        }
        return buffer.array();
    }
}
