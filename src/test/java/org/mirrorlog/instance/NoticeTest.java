package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** What an owner says unasked: marks to be given up, a kernel to be woken. */
class NoticeTest {
    private static final long L1 = 0xffff888012345600L;

    private final OneMachine machine = new OneMachine("boot-1", 1);

    private void resume(String constructor) {
        machine.construct(L1, constructor);
        machine.ask(L1, RequestType.RESUME);
    }

    private void giveUp(long... regions) {
        machine.instances.onNotice(new Notice.GiveUp(OneMachine.UUID, machine.id(L1), RegionSet.of(regions)),
                machine.nowMs);
        machine.deliver();
    }

    private RegionSet marks() {
        return machine.log().members().get(machine.id(L1)).marks();
    }

    @Test
    void d12ShouldGiveUpLazilyHeldMarksAtOnce() {
        resume("65536 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.FLUSH, 5, 6);
        machine.ask(L1, RequestType.CLEAR_REGION, 5, 6);
        assertEquals(RegionSet.of(5, 6), marks());

        giveUp(5, 9);

        assertEquals(RegionSet.of(6), marks());
        assertEquals(RegionSet.of(6), machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory().held());
    }

    @Test
    void d6ShouldNotGiveUpWhatTheKernelHasMarkedFlushedOrNot() {
        resume("65536 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.FLUSH, 5, 6, 7);
        machine.ask(L1, RequestType.CLEAR_REGION, 6, 7);
        machine.ask(L1, RequestType.MARK_REGION, 7);

        giveUp(5, 6, 7);

        assertEquals(RegionSet.of(5, 7), marks());
    }

    @Test
    void d6ShouldHaveAGivenUpMarkOutOfItsRecordBeforeTheRoundLeaves() {
        resume("65536 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.FLUSH, 5);
        machine.ask(L1, RequestType.CLEAR_REGION, 5);
        machine.isOwnerSilent = true;

        giveUp(5);

        assertEquals(RegionSet.of(5), machine.rounds.peekLast().clears());
        assertTrue(machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory().held().isEmpty());
        assertNull(machine.ask(L1, RequestType.FLUSH, 5), "its next flush is a round");
    }

    @Test
    void shouldIgnoreWhatIsForAnotherBootOrForNobody() {
        resume("65536 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.FLUSH, 5);
        machine.ask(L1, RequestType.CLEAR_REGION, 5);

        machine.instances.onNotice(new Notice.GiveUp(OneMachine.UUID, new InstanceId("boot-0", L1), RegionSet.of(5)),
                machine.nowMs);
        machine.instances.onNotice(new Notice.GiveUp("LVM-other", machine.id(L1), RegionSet.of(5)), machine.nowMs);
        machine.deliver();

        assertEquals(RegionSet.of(5), marks());
    }

    @Test
    void l5ShouldWakeAKernelThatIsInUseOnly() {
        resume("65536 clustered-core 1024");
        Notice wake = new Notice.Wake(OneMachine.UUID, machine.id(L1));

        machine.instances.onNotice(wake, machine.nowMs);
        assertEquals(List.of(new InstanceKey(OneMachine.UUID, L1)), machine.woken);

        machine.ask(L1, RequestType.PRESUSPEND);
        machine.instances.onNotice(wake, machine.nowMs);
        assertEquals(1, machine.woken.size());
    }

    @Test
    void l5ShouldWakeAnIdleKernelByItselfNowAndThenWhileRegionsWaitForRecovery() {
        resume("65536 clustered-core 1024");

        machine.pass(95_000);
        assertEquals(3, machine.woken.size());

        machine.ask(L1, RequestType.GET_RESYNC_WORK);
        machine.pass(95_000);
        assertEquals(3, machine.woken.size(), "it copies a region now");
    }

    @Test
    void l5ShouldNotWakeAKernelOfAMirrorInSync() {
        resume("65536 clustered-core 1024 nosync");

        machine.pass(95_000);

        assertEquals(List.of(), machine.woken);
    }

    // --- rejoining a journal that was put back ----------------------------------------------------------------------

    /** A journal that was put back to an older copy, in which others have gone on. */
    private void putJournalBack() {
        machine.logs.remove(OneMachine.UUID);
        Neighbour neighbour = new Neighbour(machine);
        neighbour.resume(machine.instances.views().get(0).spec());
        neighbour.ask(new Ask.Mark(RegionSet.of(1)));
    }

    @Test
    void d2ShouldHoldARunningTableWhoseSessionTheJournalHasForgotten() {
        resume("65536 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.FLUSH, 5);
        putJournalBack();

        machine.restart(2);
        int roundsBefore = machine.sent.size();

        assertNull(machine.ask(L1, RequestType.FLUSH, 6));
        machine.pass(2_000);
        assertTrue(machine.warnings.stream().anyMatch(w -> w.contains("knows nothing of this running table's session")),
                machine.warnings.toString());
        assertEquals(Set.of("boot-neighbour"), incarnations());
        assertTrue(machine.sent.size() - roundsBefore < 30, "asked again now and then, not in a loop");
    }

    @Test
    void d2ShouldTakeSuchATableInWithEverythingMarkedOnceItIsAdopted() {
        resume("65536 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.FLUSH, 5);
        putJournalBack();
        machine.restart(2);

        machine.adopt();
        machine.pass(2_000);

        assertEquals(Set.of("boot-neighbour", "boot-1"), incarnations());
        assertEquals(RegionSet.range(0, 64), marks());
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH, 6));
    }

    private Set<String> incarnations() {
        return machine.log().members().keySet().stream().map(InstanceId::incarnation)
                .collect(java.util.stream.Collectors.toSet());
    }

    @Test
    void shouldSuspendThoughItsRejoinIsHeld() {
        resume("65536 clustered-core 1024 nosync");
        putJournalBack();
        machine.restart(2);
        machine.ask(L1, RequestType.FLUSH, 6);

        machine.ask(L1, RequestType.PRESUSPEND);

        assertEquals(Reply.done(), machine.ask(L1, RequestType.POSTSUSPEND));
    }

    // --- a device that was not there ------------------------------------------------------------------------------

    @Test
    void d20ShouldOpenTheDeviceOnceMoreBeforeASuspendedTableIsResumed() {
        resume("65536 clustered-disk 254:3 1024");
        machine.ask(L1, RequestType.POSTSUSPEND);
        machine.refusal = org.mirrorlog.protocol.Errno.ENXIO;
        machine.restart(2);

        assertNull(machine.ask(L1, RequestType.RESUME), "not without its device");
        machine.refusal = null;

        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));
    }
}
