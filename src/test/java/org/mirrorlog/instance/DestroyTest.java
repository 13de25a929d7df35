package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.LogState;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** DTR of a table with a log device: answered when the device is closed (D20). */
class DestroyTest {
    private static final long L1 = 0xffff888012345600L;
    private static final String DISK = "4096 clustered-disk /dev/log 64 nosync";

    private final OneMachine machine = new OneMachine("boot-1", 1);

    private void inUse(long luid) {
        machine.construct(luid, DISK);
        assertEquals(Reply.done(), machine.ask(luid, RequestType.RESUME));
    }

    private void suspended(long luid) {
        inUse(luid);
        machine.ask(luid, RequestType.PRESUSPEND);
        assertEquals(Reply.done(), machine.ask(luid, RequestType.POSTSUSPEND));
    }

    @Test
    void d20ShouldAnswerWhenTheDeviceIsClosed() {
        suspended(L1);
        machine.isClosingSlow = true;

        assertNull(machine.ask(L1, RequestType.DTR));
        assertEquals(1, machine.closed.size());
        machine.isClosingSlow = false;
        machine.deliver();

        assertEquals(Reply.done(), machine.latestReply());
        assertTrue(machine.records.isEmpty());
        assertEquals(List.of(), machine.instances.views());
    }

    @Test
    void d20ShouldAnswerEachCopyAndCloseOnce() {
        suspended(L1);
        machine.isClosingSlow = true;
        machine.ask(L1, RequestType.DTR);
        assertNull(machine.ask(L1, RequestType.DTR));
        machine.isClosingSlow = false;
        machine.deliver();

        assertEquals(Reply.done(), machine.latestReply());
        assertEquals(1, machine.closed.size());
        assertEquals(Reply.done(), machine.ask(L1, RequestType.DTR), "one more copy, of nobody known");
    }

    /** A bounded mailbox drops messages; who waits for DTR cannot be killed. */
    @Test
    void d20ShouldAskAgainWhereNobodyTellsOfTheClose() {
        suspended(L1);
        machine.isClosingSlow = true;
        assertNull(machine.ask(L1, RequestType.DTR));
        machine.loseNewsOfClosing();
        machine.isClosingSlow = false;

        machine.pass(9_000);
        assertNull(machine.latestReply());
        machine.pass(2_000);

        assertEquals(Reply.done(), machine.latestReply());
        assertEquals(List.of(), machine.instances.views());
    }

    @Test
    void d20ShouldCloseTheDeviceOfATableThatWasNeverResumedToo() {
        machine.construct(L1, DISK);
        machine.isClosingSlow = true;

        assertNull(machine.ask(L1, RequestType.DTR));
        machine.isClosingSlow = false;
        machine.deliver();

        assertEquals(Reply.done(), machine.latestReply());
    }

    @Test
    void d20ShouldOpenForANewTableOfTheSameAddressOnlyWhenTheOldOneIsClosed() {
        suspended(L1);
        machine.isClosingSlow = true;

        assertNull(machine.construct(L1, DISK));
        assertEquals(1, machine.closed.size());
        machine.isClosingSlow = false;
        machine.deliver();
        machine.deliver();

        assertEquals(Reply.device("/dev/log"), machine.latestReply());
        assertEquals(1, machine.instances.views().size());
    }

    /** Its owner may be waiting for this very device. */
    @Test
    void shouldCloseTheDeviceWhenTheLogDoesNotHearOfTheEndForLong() {
        suspended(L1);
        machine.isOwnerSilent = true;

        assertNull(machine.ask(L1, RequestType.DTR));
        machine.pass(4_000);
        assertEquals(List.of(), machine.closed);
        machine.pass(2_000);
        assertEquals(1, machine.closed.size());
        assertNull(machine.latestReply(), "the log has not heard of it");
        machine.isOwnerSilent = false;
        machine.deliver();

        assertEquals(Reply.done(), machine.latestReply());
        LogState log = machine.log();
        assertTrue(log.members().values().stream().noneMatch(member -> member.isActive()));
        assertEquals(List.of(), machine.instances.views());
    }

    @Test
    void shouldNotTakeUpATableWhoseDeviceIsRefusedAfterItWasDestroyed() {
        suspended(L1);
        machine.refusal = Errno.EIO;
        machine.isOpeningSlow = true;
        machine.restart(2);
        machine.isClosingSlow = true;
        assertNull(machine.ask(L1, RequestType.DTR));
        machine.isOpeningSlow = false;
        machine.deliver();
        machine.isClosingSlow = false;
        machine.deliver();

        assertEquals(Reply.done(), machine.latestReply());
        assertEquals(List.of(), machine.instances.views());
    }
}
