package org.mirrorlog.emulator;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One emulated machine with one mirror of two legs, against a fake daemon. Eight regions of 2 sectors unless told
 * otherwise.
 */
final class Rig {
    static final int REGION_BYTES = 1024;

    final EmulatedMachine machine = new EmulatedMachine("boot");
    final ByteLegs legs;
    final EmulatedDevice device;
    final Map<String, BitSet> disks = new HashMap<>();
    final List<String> asked = new ArrayList<>();
    FakeDaemon daemon = new FakeDaemon(disks);
    /** Answers instead of the daemon: an answer, empty for silence, or null to leave it to the daemon. */
    Function<UlogRequest, Optional<UlogAnswer>> instead = request -> null;
    /** Nobody listens. */
    boolean isDown;

    Rig() {
        this(8);
    }

    Rig(int regions) {
        legs = new ByteLegs(2, (long) regions * REGION_BYTES);
        device = machine.device("m", legs);
    }

    MirrorTable core() {
        return MirrorTable.core("uuid", legs.sizeBytes() / 512, 2);
    }

    Rig create(MirrorTable table) {
        device.load(table);
        run();
        device.resume();
        run();
        asked.clear();
        return this;
    }

    /** Lets everything happen that can, at this moment. */
    void run() {
        do {
            talk();
        } while (machine.performOldest());
    }

    /** Carries requests and answers until none is left; leg I/O stays as it is. */
    void talk() {
        for (Optional<UlogRequest> next = machine.nextRequest(); next.isPresent(); next = machine.nextRequest()) {
            UlogRequest request = next.get();
            asked.add(describe(request));
            if (isDown) {
                machine.refused(request);
                continue;
            }
            Optional<UlogAnswer> answer = instead.apply(request);
            if (answer == null) {
                answer = Optional.of(answer(request, daemon.handle(request)));
            }
            answer.ifPresent(machine::answer);
        }
    }

    /** Moves the clock in steps of 10 ms, letting everything happen. */
    void runFor(long ms) {
        long end = machine.nowMs() + ms;
        while (machine.nowMs() < end) {
            machine.advanceTo(machine.nowMs() + 10);
            run();
        }
    }

    /** What was asked since the last call. */
    List<String> asked() {
        List<String> taken = List.copyOf(asked);
        asked.clear();
        return taken;
    }

    Bio write(int region, int value) {
        byte[] data = new byte[512];
        java.util.Arrays.fill(data, (byte) value);
        return device.write((long) region * REGION_BYTES, data);
    }

    Bio read(int region) {
        return device.read((long) region * REGION_BYTES, 512);
    }

    static boolean is(UlogRequest request, RequestType type) {
        return request.type().orElseThrow() == type;
    }

    static UlogAnswer answer(UlogRequest request, Reply reply) {
        return new UlogAnswer(request.seq(), -Math.abs(reply.error()), reply.isShortAck(), reply.payloadSize(),
                reply.payload());
    }

    static Optional<UlogAnswer> error(UlogRequest request, int errno) {
        return Optional.of(new UlogAnswer(request.seq(), -errno, false, 0, new byte[0]));
    }

    static String describe(UlogRequest request) {
        String payload = Recording.text(request.payload());
        return request.type().orElseThrow() + (payload.isEmpty() ? "" : " " + payload);
    }
}
