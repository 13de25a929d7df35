package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.device.Contents;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;

/** What a log device says is believed, or held until it is adopted (D21). */
class DeviceAssessmentTest {
    private static final UUID OURS = new UUID(1, 2);
    private static final UUID THEIRS = new UUID(3, 4);
    private static final LogState AT_5 = numbered(5);

    private static LogState numbered(int commits) {
        LogState state = LogState.unborn();
        for (int i = 0; i < commits; i++) {
            state = state.after(new Commit(List.of(new LogEvent.OwnerChanged("o"))));
        }
        return state;
    }

    @TempDir
    private Path dir;

    /** A log of so many regions, the even ones clean; without our header as the kernel's own log leaves it. */
    private Contents readable(long nrRegions, PrivateHeader header) throws IOException {
        Path image = dir.resolve("log");
        byte[] bytes = new byte[1 << 16];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0x4D695272).putInt(2).putLong(nrRegions)
                .put(1024, (byte) 0x55);
        Files.write(image, bytes);
        try (LogDevice device = LogDevice.open(image.toString(), 8, true)) {
            if (header != null) {
                device.format((first, into) -> RegionSet.of(1, 3, 5, 7).fillBits(first, into, true, 8), header);
            }
            return device.read();
        }
    }

    private static PrivateHeader header(UUID journal, boolean isActive, long number) {
        return new PrivateHeader(journal, "test", isActive, number);
    }

    private static DeviceAssessment judge(Contents contents, boolean isAdopted) {
        return DeviceAssessment.of(contents, AT_5, OURS, isAdopted, 8);
    }

    private void assertBelieved(PrivateHeader header) throws IOException {
        assertEquals(new DeviceReport.Readable(8, RegionSet.of(0, 2, 4, 6)),
                judge(readable(8, header), false).report().get());
    }

    private void assertHeldUntilAdopted(PrivateHeader header) throws IOException {
        DeviceAssessment held = judge(readable(8, header), false);
        assertTrue(held.report().isEmpty());
        assertTrue(held.holdReason().contains("adopt"), held.holdReason());
        assertInstanceOf(DeviceReport.Unknown.class, judge(readable(8, header), true).report().get());
    }

    @Test
    void shouldBelieveALogWithoutOurHeader() throws IOException {
        assertBelieved(null);
    }

    @Test
    void shouldBelieveALogThatWasClosedUnderWhateverJournal() throws IOException {
        assertBelieved(header(THEIRS, false, 99));
    }

    @Test
    void shouldBelieveItsOwnActiveLog() throws IOException {
        assertBelieved(header(OURS, true, 5));
        assertBelieved(header(OURS, true, 4));
    }

    @Test
    void d21ShouldHoldALogThatAnotherJournalHasActive() throws IOException {
        assertHeldUntilAdopted(header(THEIRS, true, 1));
    }

    @Test
    void d2ShouldHoldALogThatHasSeenMoreThanTheJournal() throws IOException {
        assertHeldUntilAdopted(header(OURS, true, 6));
        assertHeldUntilAdopted(header(OURS, true, -1));
    }

    @Test
    void shouldTakeOnlyTheRegionsThatBothSidesKnow() throws IOException {
        assertEquals(new DeviceReport.Readable(3, RegionSet.of(0, 2)), judge(readable(3, null), false).report().get());
        assertEquals(new DeviceReport.Readable(-1, RegionSet.of(0, 2, 4, 6)),
                judge(readable(-1, null), false).report().get());
    }

    @Test
    void s19ShouldNotTakeTroubleForABlankDevice() {
        assertInstanceOf(DeviceReport.Blank.class, judge(new Contents.BadMagic(0), false).report().get());
        assertInstanceOf(DeviceReport.Unknown.class, judge(new Contents.BadVersion(3), false).report().get());
        assertInstanceOf(DeviceReport.Unknown.class, judge(new Contents.Unreadable(5, "read"), false).report().get());
    }
}
