package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/** A table whose record, owner or device throws waits and is taken up anew; all others are served meanwhile. */
class TroubleTest {
    private static final String LINE = "65536 clustered-core 1024 nosync";
    private static final long LUID = 0x10;
    private static final InstanceKey KEY = new InstanceKey(OneMachine.UUID, LUID);
    private static final String OTHER = "LVM-other";

    private final OneMachine machine = new OneMachine("boot-1", 1);
    private int otherSeq = 1_000_000;

    private static UncheckedIOException noSpace() {
        return new UncheckedIOException("a.record cannot be written", new IOException("No space left on device"));
    }

    private void start() {
        assertEquals(Reply.done(), machine.construct(LUID, LINE));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.done(), other(RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1)));
        assertEquals(Reply.done(), other(RequestType.RESUME, new byte[0]));
    }

    private Reply other(RequestType type, byte[] payload) {
        return machine.request(new UlogRequest(LUID, OTHER, 2, ++otherSeq, type.code(), payload));
    }

    private void assertOtherIsServed() {
        assertEquals(Reply.done(), other(RequestType.MARK_REGION, OneMachine.words(3)));
        assertEquals(Reply.done(), other(RequestType.FLUSH, new byte[0]));
    }

    private void breakRecord() {
        machine.records.get(KEY).fault = noSpace();
    }

    private void mendRecord() {
        machine.records.get(KEY).fault = null;
    }

    @Test
    void shouldHoldTheRequestsOfATableWhoseRecordThrowsAndServeAllOthers() {
        start();
        breakRecord();

        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "held");
        assertOtherIsServed();
        machine.pass(30_000);
        assertOtherIsServed();
        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "still held");

        mendRecord();
        machine.pass(20_000);
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.MARK_REGION, 5));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH));
        assertEquals(RegionSet.of(5), machine.log().dirty());
    }

    /** What a defect of one table may throw beside exceptions: the daemon would end, and after its next start again. */
    @Test
    void shouldHoldTheRequestsOfATableThatThrowsAnErrorAndServeAllOthers() {
        start();
        for (Error error : List.of(new AssertionError("of a test"), new NoClassDefFoundError("of a test"),
                new StackOverflowError("of a test"))) {
            machine.records.get(KEY).fault = error;

            assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "held");
            assertOtherIsServed();
            machine.pass(30_000);
            assertOtherIsServed();
            assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "still held, though it was to be taken up anew");

            mendRecord();
            machine.pass(20_000);
            assertEquals(Reply.done(), machine.ask(LUID, RequestType.MARK_REGION, 5));
        }
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH));
        assertEquals(RegionSet.of(5), machine.log().dirty());
    }

    @Test
    void shouldRefuseAConstructorThatThrowsAnErrorAndServeAllOthers() {
        start();
        machine.constructorFault = new AssertionError("of a test");

        assertEquals(Reply.failure(Errno.EIO), machine.construct(LUID + 1, LINE));

        assertOtherIsServed();
        machine.constructorFault = null;
        assertEquals(Reply.done(), machine.construct(LUID + 1, LINE));
    }

    /** The kernel would send it again after 15 s. */
    @Test
    void shouldAnswerTheVeryRequestThatFoundTheDiskFullOnceThereIsRoom() {
        start();
        breakRecord();
        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "held");
        mendRecord();

        machine.pass(2_000);

        assertEquals(Reply.done(), machine.latestReply(), () -> "" + machine.warnings);
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH));
        assertEquals(RegionSet.of(5), machine.log().dirty());
    }

    /** Its copy is on the way. */
    @Test
    void shouldNotAnswerARequestThatTheKernelHasGivenUp() {
        start();
        breakRecord();
        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "held");
        int before = machine.replies.size();
        machine.pass(16_000);
        mendRecord();

        machine.pass(60_000);

        assertEquals(before, machine.replies.size());
        assertEquals(RegionSet.empty(), machine.records.get(KEY).memory().pending());
    }

    @Test
    void shouldRefuseAConstructorWhoseRecordHasNoRoomWithAnErrorThatSaysSo() {
        machine.recordRefusal = noSpace();

        assertEquals(Reply.failure(Errno.ENOSPC), machine.construct(LUID, LINE));
        machine.recordRefusal = null;

        assertEquals(Reply.done(), machine.construct(LUID, LINE));
    }

    /** D14, D20: the daemon knows what was in it; and who else would close the device? */
    @Test
    void shouldWriteARecordAnewThatIsGoneAndKeepTheTableAndItsDevice() {
        assertEquals(Reply.device("254:3"), machine.construct(LUID, "65536 clustered-disk 254:3 1024 nosync"));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.MARK_REGION, 3));
        machine.records.get(KEY).fault = new IllegalArgumentException("its checksum is wrong");
        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5), "held");

        machine.pass(1_000);

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.MARK_REGION, 5), () -> "" + machine.warnings);
        assertEquals(RegionSet.of(3, 5), machine.records.get(KEY).memory().pending());
        assertFalse(machine.records.get(KEY).memory().isLost(), "nothing counts as marked that is not");
        assertEquals(List.of(), machine.closed);
        machine.ask(LUID, RequestType.PRESUSPEND);
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.POSTSUSPEND));
        machine.isClosingSlow = true;
        assertNull(machine.ask(LUID, RequestType.DTR), "the device is not closed yet");
        machine.isClosingSlow = false;
        machine.deliver();
        assertEquals(Reply.done(), machine.latestReply());
        assertEquals(java.util.Set.of(), machine.log().members().keySet(), "the log has heard of the end");
    }

    @Test
    void shouldHoldATableWhoseRecordIsGoneAsLongAsThereIsNoRoomForAnotherOne() {
        start();
        machine.records.get(KEY).fault = new IllegalArgumentException("its checksum is wrong");
        machine.recordRefusal = noSpace();

        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5));
        machine.pass(30_000);
        assertOtherIsServed();
        assertNull(machine.ask(LUID, RequestType.MARK_REGION, 5));
        machine.recordRefusal = null;
        machine.pass(14_000);

        assertEquals(Reply.done(), machine.latestReply(), "held, and served by now");
    }

    @Test
    void shouldAnswerDtrThoughTheRecordCannotBeDeleted() {
        assertEquals(Reply.done(), machine.construct(LUID, LINE));
        breakRecord();

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.DTR));
        assertTrue(machine.instances.views().isEmpty());
        assertNotNull(machine.records.get(KEY));

        mendRecord();
        machine.pass(30_000);
        assertNull(machine.records.get(KEY), "deleted later");
    }
}
