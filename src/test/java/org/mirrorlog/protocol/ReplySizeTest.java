package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Protocol 2.1, column "out": one byte too many is ENOSPC, one too few is rubbish in the kernel. */
class ReplySizeTest {
    private static final byte[] DISK = Samples.latin1("2097152 clustered-disk 254:3 1024");

    @ParameterizedTest
    @CsvSource({"DTR, 0", "PRESUSPEND, 0", "POSTSUSPEND, 0", "RESUME, 0", "GET_REGION_SIZE, 8", "IS_CLEAN, 8",
            "IN_SYNC, 8",
        "FLUSH, 0", "MARK_REGION, 0", "CLEAR_REGION, 0", "GET_RESYNC_WORK, 16", "SET_REGION_SYNC, 0",
        "GET_SYNC_COUNT, 8", "IS_REMOTE_RECOVERING, 16"})
    void shouldAllowOnePayloadSizeOnly(RequestType type, int bytes) {
        UlogRequest request = Samples.request(type);

        assertEquals(OptionalInt.of(bytes), ReplySize.exactBytes(type));
        assertEquals(bytes == 0, ReplySize.fits(request, Reply.done()));
        assertTrue(ReplySize.fits(request, Reply.text("x".repeat(bytes))));
        assertFalse(ReplySize.fits(request, Reply.text("x".repeat(bytes + 1))));
        assertFalse(bytes > 0 && ReplySize.fits(request, Reply.text("x".repeat(bytes - 1))));
    }

    @Test
    void shouldFitWhatTheReplyFactoriesMake() {
        assertTrue(ReplySize.fits(Samples.request(RequestType.GET_RESYNC_WORK), Reply.noWork()));
        assertTrue(ReplySize.fits(Samples.request(RequestType.GET_RESYNC_WORK), Reply.work(1)));
        assertTrue(ReplySize.fits(Samples.request(RequestType.IS_REMOTE_RECOVERING), Reply.remoteRecovering(true, 9)));
        assertTrue(ReplySize.fits(Samples.request(RequestType.IN_SYNC), Reply.flag(true)));
        assertTrue(ReplySize.fits(Samples.request(RequestType.GET_SYNC_COUNT), Reply.number(1)));
        assertFalse(ReplySize.fits(Samples.request(RequestType.GET_RESYNC_WORK), Reply.number(1)));
    }

    @ParameterizedTest
    @EnumSource
    void shouldFitErrorsAndNacksToEveryType(RequestType type) {
        assertTrue(ReplySize.fits(Samples.request(type), Reply.failure(Errno.EINVAL)));
        assertTrue(ReplySize.fits(Samples.request(type), Reply.resend()));
    }

    @Test
    void shouldFitNothingButAnErrorToAnUnknownType() {
        UlogRequest request = new UlogRequest(1, "u", 2, 1, 18, new byte[0]);

        assertTrue(ReplySize.fits(request, Reply.failure(Errno.EINVAL)));
        assertFalse(ReplySize.fits(request, Reply.done()));
    }

    @Test
    void shouldFitTextsToStatusRequests() {
        for (RequestType type : new RequestType[] {RequestType.STATUS_INFO, RequestType.STATUS_TABLE}) {
            UlogRequest request = Samples.request(type);

            assertEquals(OptionalInt.empty(), ReplySize.exactBytes(type));
            assertTrue(ReplySize.fits(request, Reply.text("1 clustered-core")));
            assertFalse(ReplySize.fits(request, Reply.done()));
            assertFalse(ReplySize.fits(request, Reply.text("x".repeat(865))));
        }
    }

    @Test
    void shouldFitTheDeviceToTheFirstConstructorOfADiskLogOnly() {
        Reply device = Reply.device("254:3");

        assertTrue(ReplySize.fits(Samples.request(RequestType.CTR, 2, DISK), device));
        assertTrue(ReplySize.fits(Samples.request(RequestType.CTR, 3, DISK), device));
        assertTrue(ReplySize.fits(Samples.request(RequestType.CTR, 2, DISK), Reply.done()));
        assertFalse(ReplySize.fits(Samples.request(RequestType.CTR, 1, DISK), device));
        assertFalse(ReplySize.fits(Samples.request(RequestType.CTR,
                Samples.latin1("9 clustered-disk 254:3 8\0")), device));
        assertFalse(ReplySize.fits(Samples.request(RequestType.CTR, Samples.latin1("9 clustered-core 8")), device));
        assertFalse(ReplySize.fits(Samples.request(RequestType.CTR, Samples.latin1("rubbish")), device));
        assertFalse(ReplySize.fits(Samples.request(RequestType.CTR, 2, DISK), Reply.text("254:3")));
        assertFalse(ReplySize.fits(Samples.request(RequestType.CTR, 2, DISK), Reply.device("254:4")));
    }
}
