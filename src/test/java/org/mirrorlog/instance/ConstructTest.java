package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/** CTR in every situation of the table in protocol 3.5; 1.7, 1.9; D14, D15, D20, H14, H27. */
class ConstructTest {
    private static final long L1 = 0xffff888012345600L;
    private static final String CORE = "65536 clustered-core 1024 nosync";
    private static final String DISK = "65536 clustered-disk 254:3 1024";

    private final OneMachine machine = new OneMachine("boot-1", 1);

    private Reply constructAtVersion(int version, String string) {
        return machine.request(new UlogRequest(L1, OneMachine.UUID, version, 900 + version, RequestType.CTR.code(),
                string.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private void resume() {
        assertEquals(Reply.done(), machine.ask(L1, RequestType.RESUME));
    }

    @Test
    void shouldReturnTheDeviceToTheFirstFormFromVersion2On() {
        assertEquals(Reply.device("254:3"), constructAtVersion(2, DISK));
        assertEquals(Reply.device("254:3"), constructAtVersion(3, DISK));
    }

    @Test
    void shouldReturnNoPayloadAtVersion1() {
        assertEquals(Reply.done(), constructAtVersion(1, DISK));
    }

    @Test
    void h14ShouldReturnNoPayloadToAReconnect() {
        assertEquals(Reply.device("254:3"), machine.construct(L1, DISK));
        resume();

        assertEquals(Reply.done(), machine.construct(L1, DISK + '\0'));
        resume();

        assertEquals(1, machine.instances.views().size());
    }

    @Test
    void shouldAnswerARepeatedFirstFormTheSameWay() {
        machine.construct(L1, DISK);

        assertEquals(Reply.device("254:3"), machine.construct(L1, DISK));

        assertTrue(machine.closed.isEmpty());
        assertEquals(1, machine.instances.views().size());
    }

    private void tick(long afterMs) {
        machine.nowMs += afterMs;
        machine.instances.onTick(machine.nowMs);
    }

    /** The kernel would repeat it for ever, and the program that loads the table could not even be killed. */
    @Test
    void shouldFailAConstructorWhoseDeviceDoesNotAnswerForAMinute() {
        machine.isOpeningSlow = true;
        assertNull(machine.construct(L1, DISK));
        tick(Openings.LONGEST_MS - 2_000);
        assertNull(machine.construct(L1, DISK), "repeated by the kernel");

        tick(3_000);

        assertEquals(1, machine.warnings.size(), machine.warnings.toString());
        assertTrue(machine.warnings.get(0).contains("could not be opened within 60 s"), machine.warnings.toString());
        assertEquals(List.of(), machine.instances.views());
        machine.isOpeningSlow = false;
        machine.deliver();
        assertFalse(machine.closed.isEmpty(), "opened after all, for nobody");
        assertEquals(Reply.device("254:3"), machine.construct(L1, DISK), "served once the device answers");
    }

    @Test
    void shouldAnswerTheNewestCopyWhileTheDeviceIsBeingOpened() {
        machine.isOpeningSlow = true;
        assertNull(machine.construct(L1, DISK));
        assertNull(machine.construct(L1, DISK));
        machine.isOpeningSlow = false;
        machine.deliver();

        assertEquals(Reply.device("254:3"), machine.latestReply());
        assertEquals(1, machine.replies.size());
    }

    @Test
    void shouldRefuseWhatCannotBeParsedOrOpened() {
        assertEquals(Reply.failure(Errno.EINVAL), machine.construct(L1, "65536 clustered-core"));
        machine.refusal = Errno.ENXIO;
        assertEquals(Reply.failure(Errno.ENXIO), machine.construct(L1, DISK));

        assertTrue(machine.instances.views().isEmpty());
        assertTrue(machine.records.isEmpty());
        machine.refusal = null;
        assertEquals(Reply.device("254:3"), machine.construct(L1, DISK));
    }

    @Test
    void shouldChangeNothingByAReconnectOfARunningTable() {
        machine.construct(L1, CORE);
        resume();
        machine.ask(L1, RequestType.MARK_REGION, 5);
        machine.ask(L1, RequestType.FLUSH);
        machine.ask(L1, RequestType.SET_REGION_SYNC, 6, 0);
        Memory before = machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory();

        assertEquals(Reply.done(), machine.construct(L1, CORE + '\0'));
        resume();

        assertEquals(before, machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory());
        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 6));
    }

    @Test
    void shouldRefuseMoreRegionsThanCanBeServed() {
        String most = LogSpec.MOST_REGIONS * 2 + " clustered-core 2";
        String more = LogSpec.MOST_REGIONS * 2 + 1 + " clustered-core 2";

        assertEquals(Reply.done(), machine.construct(L1, most));
        assertEquals(Reply.failure(Errno.EINVAL), machine.construct(2, more));
        assertEquals(1, machine.warnings.size());
        assertTrue(machine.warnings.get(0).contains("67108865 regions; allowed: at most 67108864"),
                machine.warnings.toString());
        assertNotEquals(Reply.failure(Errno.EINVAL), machine.construct(3, more + '\0'),
                "its kernel writes, and would ask for ever");
    }

    private Reply another(long luid, String constructor) {
        return machine.request(new UlogRequest(luid, "LVM-other", 2, 1_000 + (int) luid, RequestType.CTR.code(),
                constructor.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** 16 million regions may take 128 MiB; 64 MiB of the heap are for something else. */
    @Test
    void shouldRefuseATableWhoseMapsMayNotFitTheHeap() {
        String large = (32L << 20) + " clustered-core 2";
        machine.heapBytes = 204L << 20;
        machine.restart(2);

        assertEquals(Reply.done(), machine.construct(L1, large));
        assertEquals(Reply.done(), machine.construct(2, large), "the next table of the same log");
        assertEquals(Reply.failure(Errno.ENOMEM), another(3, large));

        assertEquals(1, machine.warnings.size());
        assertTrue(machine.warnings.get(0).contains("with its 16777216 regions the maps of this machine's logs (1 are"
                + " used already) may take 160 MiB of heap, and 140 MiB are there for them"),
                machine.warnings.toString());
        assertEquals(Reply.done(), another(4, CORE), "a small one is served");
        assertNotEquals(Reply.failure(Errno.ENOMEM), another(5, large + '\0'),
                "its kernel has had it for long");
        assertEquals(2 + 1 + 1, machine.records.size());
        machine.heapBytes = 1L << 30;
        machine.restart(3);
        assertEquals(Reply.done(), another(6, large), "with a larger heap");
    }

    @Test
    void shouldNotResumeASuspendedTableByItsReconnect() {
        machine.construct(L1, CORE);
        resume();
        machine.ask(L1, RequestType.PRESUSPEND);
        machine.ask(L1, RequestType.POSTSUSPEND);

        assertEquals(Reply.done(), machine.construct(L1, CORE + '\0'));
        resume();

        assertFalse(machine.log().hasActive());
        machine.ask(L1, RequestType.RESUME);
        assertTrue(machine.log().hasActive());
    }

    /** K1: the kernel has reset its hint, and a count of all would be one that the log does not know of. */
    @Test
    void d4ShouldNotCountAllWhileItIsDoubtfulWhetherTheTableIsResumed() {
        machine.construct(L1, CORE);
        resume();
        assertEquals(Reply.number(64), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        machine.ask(L1, RequestType.PRESUSPEND);
        machine.ask(L1, RequestType.POSTSUSPEND);
        machine.construct(L1, CORE + '\0');
        resume();

        assertEquals(Reply.number(63), machine.ask(L1, RequestType.GET_SYNC_COUNT));

        assertEquals(Reply.flag(true), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertEquals(Reply.number(64), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        assertEquals(64, machine.log().members().get(machine.id(L1)).hint());
    }

    @Test
    void shouldReplaceANeverResumedTableByOneWithAnotherString() {
        machine.construct(L1, CORE);

        assertEquals(Reply.done(), machine.construct(L1, "4096 clustered-core 512"));

        assertEquals(Reply.number(512), machine.ask(L1, RequestType.GET_REGION_SIZE));
        assertEquals(1, machine.records.size());
    }

    @Test
    void shouldReplaceASuspendedZombieOfTheSameAddress() {
        machine.construct(L1, CORE);
        resume();
        machine.ask(L1, RequestType.SET_REGION_SYNC, 6, 0);
        machine.ask(L1, RequestType.PRESUSPEND);
        machine.ask(L1, RequestType.POSTSUSPEND);

        assertEquals(Reply.done(), machine.construct(L1, CORE));

        assertTrue(machine.log().members().isEmpty());
        assertEquals(Reply.number(0), machine.ask(L1, RequestType.GET_SYNC_COUNT));
    }

    @Test
    void shouldReplaceARunningZombieOfTheSameAddressAndDoubtItsMarks() {
        machine.construct(L1, CORE);
        resume();
        machine.ask(L1, RequestType.MARK_REGION, 5);
        machine.ask(L1, RequestType.FLUSH);

        assertEquals(Reply.done(), machine.construct(L1, CORE));
        resume();

        assertEquals(RegionSet.of(5), machine.log().unsynced());
        assertEquals(1, machine.log().members().size());
    }

    @Test
    void shouldAnswerEveryCopyThatWaitsForTheZombieToGo() {
        machine.construct(L1, CORE);
        resume();
        machine.isOwnerSilent = true;
        assertNull(machine.construct(L1, CORE));
        assertNull(machine.construct(L1, CORE));

        machine.isOwnerSilent = false;
        machine.pass(2_000);

        assertEquals(Reply.done(), machine.latestReply());
        assertEquals(1, machine.instances.views().size());
        resume();
        assertTrue(machine.log().hasActive());
    }

    @Test
    void d15ShouldTellEveryThreadOfAnUnknownTableToReconnect() {
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(L1, RequestType.IN_SYNC, 5));
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(L1, RequestType.IN_SYNC, 5));

        assertEquals(1, machine.warnings.size());
    }

    @Test
    void s19ShouldResyncWhenTheDeviceIsUnreadableThoughNosyncIsAsked() {
        machine.device = new DeviceReport.Unknown("read error");
        machine.construct(L1, DISK + " nosync");
        resume();

        assertEquals(Reply.number(0), machine.ask(L1, RequestType.GET_SYNC_COUNT));
        assertEquals(Reply.text("3 clustered-disk 254:3 A"), machine.ask(L1, RequestType.STATUS_INFO));
    }

    @Test
    void d20ShouldCloseTheDeviceBeforeDtrIsAnswered() {
        machine.construct(L1, DISK);
        resume();

        assertEquals(Reply.done(), machine.ask(L1, RequestType.DTR));

        assertEquals(List.of(new InstanceKey(OneMachine.UUID, L1)), machine.closed);
        assertTrue(machine.records.isEmpty());
        assertTrue(machine.log().members().isEmpty());
    }

    @Test
    void shouldRefuseRegionsOutOfRangeWithNothingApplied() {
        machine.construct(L1, CORE);
        resume();
        int rounds = machine.sent.size();

        assertEquals(Reply.failure(Errno.EINVAL), machine.ask(L1, RequestType.MARK_REGION, 5, 64));
        assertEquals(Reply.failure(Errno.EINVAL), machine.ask(L1, RequestType.IS_REMOTE_RECOVERING, -1));
        assertEquals(Reply.failure(Errno.EINVAL), machine.ask(L1, RequestType.SET_REGION_SYNC, 5));
        assertEquals(Reply.failure(Errno.EINVAL), machine.ask(L1, RequestType.FLUSH, new byte[7]));
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));

        assertEquals(rounds, machine.sent.size());
    }

    @Test
    void shouldRefuseUnknownTypes() {
        assertEquals(Reply.failure(Errno.EINVAL),
                machine.request(new UlogRequest(L1, OneMachine.UUID, 2, 7, 18, new byte[0])));
        assertEquals(Reply.failure(Errno.EINVAL),
                machine.request(new UlogRequest(L1, OneMachine.UUID, 2, 8, 0x100, new byte[0])));
    }
}
