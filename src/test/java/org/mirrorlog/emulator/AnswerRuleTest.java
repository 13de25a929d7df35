package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/** How the emulated kernel takes answers: late, missing, short, too large, too small, wrong. */
class AnswerRuleTest {
    @Test
    void shouldSendAgainAfter15SecondsWithANewSeqForEver() {
        Rig rig = new Rig();
        rig.create(rig.core());
        List<Integer> seqs = new ArrayList<>();
        rig.instead = request -> {
            seqs.add(request.seq());
            return Optional.empty();
        };

        rig.read(0);
        rig.runFor(15_000 * 20 + 5_000);

        assertEquals(21, seqs.size());
        assertEquals(seqs.get(0) + 20, seqs.get(20));
    }

    @Test
    void shouldIgnoreALateAnswer() {
        Rig rig = new Rig();
        rig.create(rig.core());
        List<UlogRequest> copies = new ArrayList<>();
        rig.instead = request -> {
            copies.add(request);
            return Optional.empty();
        };
        Bio bio = rig.read(0);
        rig.runFor(16_000);

        rig.machine.answer(Rig.answer(copies.get(0), Reply.flag(true)));
        rig.run();
        Bio.State afterLate = bio.state();
        rig.machine.answer(Rig.answer(copies.get(1), Reply.flag(true)));
        rig.run();

        assertEquals(Bio.State.PENDING, afterLate);
        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(1, rig.machine.lateAnswers());
    }

    @Test
    void shouldWrapTheSequenceNumber() {
        EmulatedMachine machine = new EmulatedMachine("boot", 2, -1);
        EmulatedDevice device = machine.device("m", new ByteLegs(2, 8192));

        device.load(MirrorTable.core("uuid", 16, 2));
        UlogRequest first = machine.nextRequest().orElseThrow();
        machine.answer(Rig.answer(first, Reply.done()));
        UlogRequest second = machine.nextRequest().orElseThrow();

        assertEquals(-1, first.seq());
        assertEquals(0, second.seq());
    }

    @Test
    void shouldSendAgainAtOnceOnAShortAckOfEagain() {
        Rig rig = new Rig();
        rig.create(rig.core());
        int[] left = {3};
        rig.instead = request -> left[0]-- > 0 ? Optional.of(Rig.answer(request, Reply.resend())) : null;

        Bio bio = rig.read(0);
        rig.run();

        assertEquals(List.of("IN_SYNC 0", "IN_SYNC 0", "IN_SYNC 0", "IN_SYNC 0"), rig.asked());
        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(List.of(), rig.machine.complaints().first());
    }

    @Test
    void shouldTakeAShortAckForAClear() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.instead = request -> Rig.is(request, RequestType.CLEAR_REGION)
                ? Optional.of(new UlogAnswer(request.seq(), 0, true, 0, new byte[0])) : null;

        rig.write(0, 1);
        rig.run();

        assertEquals("FLUSH", rig.asked().get(5));
    }

    @Test
    void shouldRefuseMoreBytesThanFit() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.instead = request -> Rig.is(request, RequestType.MARK_REGION)
                ? Optional.of(new UlogAnswer(request.seq(), 0, false, 8, request.payload())) : null;

        rig.write(0, 1);
        rig.run();

        assertTrue(rig.device.active().orElseThrow().hasLogFailure(), "an echoed MARK fails with ENOSPC");
        assertTrue(rig.machine.complaints().first().get(0).contains("8 bytes where 0 fit"),
                rig.machine.complaints().first()::toString);
    }

    @Test
    void shouldHaveNoRoomLeftAfterEagainInAFullReply() {
        Rig rig = new Rig();
        rig.create(rig.core());
        int[] left = {1};
        rig.instead = request -> left[0]-- > 0 ? Rig.error(request, 11) : null;

        rig.read(0);
        rig.run();

        assertEquals(List.of("IN_SYNC 0", "IN_SYNC 0"), rig.asked());
        assertEquals(2, rig.machine.complaints().count(), "EAGAIN in a full reply, then 8 bytes where 0 fit");
    }

    @Test
    void shouldReadGarbageWhereBytesAreMissing() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.instead = request -> Rig.is(request, RequestType.IN_SYNC)
                ? Optional.of(Rig.answer(request, Reply.done())) : null;

        rig.read(0);
        rig.run();

        assertTrue(rig.machine.complaints().first().get(0).contains("only 0 bytes"),
                rig.machine.complaints().first()::toString);
    }

    @Test
    void shouldReconnectOnAnAnswerOfEsrch() {
        Rig rig = new Rig();
        rig.create(rig.core());
        int[] left = {1};
        rig.instead = request -> left[0]-- > 0 ? Rig.error(request, 3) : null;

        Bio bio = rig.read(0);
        rig.runFor(2_100);

        assertEquals(List.of("IN_SYNC 0", "CTR 16 clustered-core 2\0", "RESUME", "IN_SYNC 0"), rig.asked());
        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(0, rig.machine.complaints().count());
    }

    @Test
    void shouldAskForTheLogEvery2SecondsUntilItIsConstructed() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.isDown = true;
        Bio bio = rig.read(0);
        rig.runFor(7_000);
        List<String> meanwhile = rig.asked();

        rig.isDown = false;
        rig.runFor(2_000);

        assertEquals(4, meanwhile.size());
        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(List.of("CTR 16 clustered-core 2\0", "RESUME", "IN_SYNC 0"), rig.asked());
    }

    @Test
    void shouldLoopForEverIfAReconnectReturnsTheDevice() {
        Rig rig = new Rig();
        rig.create(MirrorTable.disk("uuid", 16, "254:3", 2));
        rig.isDown = true;
        rig.read(0);
        rig.runFor(100);
        rig.isDown = false;
        rig.instead = request -> Rig.is(request, RequestType.CTR)
                ? Optional.of(Rig.answer(request, Reply.device("254:3"))) : null;

        rig.runFor(20_000);

        assertEquals(10, rig.asked().stream().filter(asked -> asked.startsWith("CTR")).count());
    }

    @Test
    void shouldTakeAnErrorOfInSyncForNo() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.instead = request -> Rig.is(request, RequestType.IN_SYNC) ? Rig.error(request, 22) : null;

        rig.write(2, 5);
        rig.run();

        assertEquals(5, rig.legs.read(0, 2048, 1).orElseThrow()[0]);
        assertEquals(0, rig.legs.read(1, 2048, 1).orElseThrow()[0]);
    }

    @Test
    void shouldComplainOfImpossibleNumbers() {
        Rig rig = new Rig();
        rig.instead = request -> {
            switch (request.type().orElseThrow()) {
                case GET_SYNC_COUNT:
                    return Optional.of(Rig.answer(request, Reply.number(9)));
                case GET_RESYNC_WORK:
                    return Optional.of(Rig.answer(request, Reply.work(8)));
                default:
                    return null;
            }
        };

        rig.create(rig.core());

        List<String> complaints = rig.machine.complaints().first();
        assertTrue(complaints.contains("GET_SYNC_COUNT uuid: 9 of 8"), complaints::toString);
    }
}
