package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that break one rule each, in both directions. */
class RejectionTest {
    private static final int SEQ = 0x11;
    private static final UlogRequest MARK = Samples.request(RequestType.MARK_REGION, Samples.words(3, 4));

    static Stream<Arguments> brokenRequests() {
        return Stream.of(
                dropped("empty", Decoded.Reason.TOO_SHORT, bytes -> new byte[0]),
                dropped("less than a netlink header", Decoded.Reason.TOO_SHORT, cut(15)),
                dropped("less than a connector header", Decoded.Reason.TOO_SHORT, cut(35)),
                nacked("headers only", Decoded.Reason.TOO_SHORT, cut(36)),
                nacked("structure cut by one byte", Decoded.Reason.TOO_SHORT, cut(195)),
                dropped("netlink error", Decoded.Reason.NETLINK_ERROR, putShort(UlogLayout.NLMSG_TYPE, 2)),
                dropped("short netlink error", Decoded.Reason.NETLINK_ERROR,
                        bytes -> cut(16).apply(putShort(UlogLayout.NLMSG_TYPE, 2).apply(bytes))),
                dropped("netlink no-op", Decoded.Reason.NOT_DONE_TYPE, putShort(UlogLayout.NLMSG_TYPE, 1)),
                dropped("netlink type beyond a byte", Decoded.Reason.NOT_DONE_TYPE,
                        putShort(UlogLayout.NLMSG_TYPE, 0x8003)),
                dropped("process events", Decoded.Reason.FOREIGN_ID, putInt(UlogLayout.CN_IDX, 1)),
                dropped("other value", Decoded.Reason.FOREIGN_ID, putInt(UlogLayout.CN_VAL, 2)),
                nacked("no content", Decoded.Reason.BAD_LENGTH, putShort(UlogLayout.CN_LEN, 0)),
                nacked("content less than the structure", Decoded.Reason.BAD_LENGTH, putShort(UlogLayout.CN_LEN, 159)),
                nacked("content beyond the datagram", Decoded.Reason.BAD_LENGTH, putShort(UlogLayout.CN_LEN, 177)),
                nacked("content far beyond it", Decoded.Reason.BAD_LENGTH, putShort(UlogLayout.CN_LEN, 0xffff)),
                nacked("payload cut", Decoded.Reason.BAD_LENGTH, cut(211)),
                nacked("data_size beyond the content", Decoded.Reason.BAD_DATA_SIZE, putInt(UlogLayout.DATA_SIZE, 17)),
                nacked("data_size negative as s32", Decoded.Reason.BAD_DATA_SIZE, putInt(UlogLayout.DATA_SIZE, -1)),
                nacked("uuid empty", Decoded.Reason.BAD_UUID, fill(UlogLayout.UUID, 1, 0)),
                nacked("uuid without NUL", Decoded.Reason.BAD_UUID, fill(UlogLayout.UUID, 129, 'u')),
                nacked("version 0", Decoded.Reason.BAD_VERSION, putInt(UlogLayout.VERSION, 0)),
                nacked("type 0", Decoded.Reason.ZERO_TYPE, putInt(UlogLayout.REQUEST_TYPE, 0)),
                nacked("body arrived zeroed", Decoded.Reason.ZERO_TYPE, fill(UlogLayout.LUID, 176, 0)),
                arguments("broken body, headers disagree", Decoded.Reason.ZERO_TYPE, OptionalInt.empty(),
                        bytes -> putInt(UlogLayout.NLMSG_SEQ, SEQ + 1)
                        .apply(fill(UlogLayout.LUID, 176, 0).apply(bytes))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenRequests")
    void shouldRejectARequestThatBreaksOneRule(String name, Decoded.Reason reason, OptionalInt nackSeq,
                                               UnaryOperator<byte[]> damage) {
        byte[] datagram = damage.apply(encoded(MARK));

        Decoded decoded = UlogCodec.decodeRequest(ByteBuffer.wrap(datagram));

        assertEquals(new Decoded.Rejected(reason, nackSeq), decoded, name);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x12, 0xff, 0x100, 0xffffff00})
    void shouldAcceptUnknownTypesSoThatTheyGetAnError(int wireType) {
        byte[] datagram = putInt(UlogLayout.REQUEST_TYPE, wireType).apply(encoded(MARK));

        assertEquals(java.util.Optional.empty(), request(datagram).type());
    }

    @Test
    void shouldMaskReservedBitsOfTheType() {
        byte[] datagram = putInt(UlogLayout.REQUEST_TYPE, 0xabcdef0a).apply(encoded(MARK));

        assertEquals(RequestType.MARK_REGION, request(datagram).type().orElseThrow());
        assertEquals(0xabcdef0a, request(datagram).wireType());
    }

    @Test
    void shouldTakeThePayloadLengthFromDataSizeAlone() {
        byte[] longer = Arrays.copyOf(encoded(MARK), 400);
        byte[] padded = putInt(UlogLayout.NLMSG_LEN, 1).apply(longer);
        byte[] smaller = putInt(UlogLayout.DATA_SIZE, 8).apply(longer);

        assertArrayEquals(Samples.words(3, 4), request(padded).payload());
        assertArrayEquals(Samples.words(3), request(smaller).payload());
    }

    @Test
    void shouldReadUuidsOfEveryByteValueAndOfFullLength() {
        StringBuilder uuid = new StringBuilder();
        for (char c = 128; c < 256; c++) {
            uuid.append(c);
        }
        UlogRequest odd = new UlogRequest(-1, uuid.toString(), 3, -1, RequestType.DTR.code(), new byte[0]);

        assertEquals(uuid.toString(), request(encoded(odd)).uuid());
        assertEquals(-1, request(encoded(odd)).seq());
    }

    static Stream<Arguments> brokenReplies() {
        return Stream.of(
                reply("empty", DecodedReply.Reason.TOO_SHORT, bytes -> new byte[0]),
                reply("less than the headers", DecodedReply.Reason.TOO_SHORT, cut(35)),
                reply("nlmsg_len beyond the datagram", DecodedReply.Reason.BAD_NLMSG_LEN,
                        putInt(UlogLayout.NLMSG_LEN, 213)),
                reply("nlmsg_len negative as s32", DecodedReply.Reason.BAD_NLMSG_LEN, putInt(UlogLayout.NLMSG_LEN, -4)),
                reply("nlmsg_len less than the headers", DecodedReply.Reason.BAD_NLMSG_LEN,
                        putInt(UlogLayout.NLMSG_LEN, 35)),
                reply("more than the connector takes", DecodedReply.Reason.TOO_LONG,
                        bytes -> putInt(UlogLayout.NLMSG_LEN, 16401).apply(Arrays.copyOf(bytes, 16401))),
                reply("content beyond nlmsg_len", DecodedReply.Reason.BAD_LENGTH, putShort(UlogLayout.CN_LEN, 177)),
                reply("other index", DecodedReply.Reason.FOREIGN_ID, putInt(UlogLayout.CN_IDX, 8)),
                reply("structure incomplete", DecodedReply.Reason.INCOMPLETE, putShort(UlogLayout.CN_LEN, 159)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenReplies")
    void shouldDropRepliesAsTheKernelDoes(String name, DecodedReply.Reason reason, UnaryOperator<byte[]> damage) {
        byte[] datagram = damage.apply(resyncWork());

        assertEquals(new DecodedReply.Rejected(reason), UlogCodec.decodeReply(ByteBuffer.wrap(datagram)), name);
    }

    @Test
    void shouldReportAReplyThatClaimsMoreThanItHas() {
        byte[] datagram = putInt(UlogLayout.DATA_SIZE, -1).apply(resyncWork());

        UlogAnswer answer = assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(ByteBuffer.wrap(datagram)));

        assertFalse(answer.isWhole());
        assertEquals(-1, answer.dataSize());
        assertEquals(16, answer.payload().length);
    }

    @Test
    void shouldRefuseToEncodeWhatNobodyCanSend() {
        ByteBuffer into = ByteBuffer.allocate(2000);
        UlogRequest large = Samples.request(RequestType.MARK_REGION, new byte[333]);
        UlogRequest longName = new UlogRequest(0, "u".repeat(129), 2, 0, 1, new byte[0]);
        UlogRequest wideName = new UlogRequest(0, "\u0100", 2, 0, 1, new byte[0]);
        UlogRequest cutName = new UlogRequest(0, "a\0b", 2, 0, 1, new byte[0]);
        UlogRequest noName = new UlogRequest(0, "", 2, 0, 1, new byte[0]);

        assertThrows(IllegalArgumentException.class, () -> UlogCodec.encodeRequest(large, into));
        for (UlogRequest request : new UlogRequest[] {longName, wideName, cutName, noName}) {
            assertThrows(IllegalArgumentException.class, () -> UlogCodec.encodeRequest(request, into));
            assertThrows(IllegalArgumentException.class, () -> UlogCodec.encodeReply(request, Reply.done(), into));
        }
        assertThrows(IllegalArgumentException.class,
                () -> UlogCodec.encodeReply(MARK, Reply.text("x".repeat(865)), into));
        assertThrows(IllegalArgumentException.class, () -> UlogCodec.encodeAck(1, -11, into));
        assertEquals(0, into.position());
    }

    @Test
    void shouldWriteNothingIntoABufferThatIsTooSmall() {
        byte[] before = new byte[195];
        ByteBuffer into = ByteBuffer.wrap(before);

        assertThrows(BufferOverflowException.class, () -> UlogCodec.encodeReply(MARK, Reply.done(), into));
        assertThrows(BufferOverflowException.class, () -> UlogCodec.encodeRequest(MARK, into));
        assertThrows(BufferOverflowException.class, () -> UlogCodec.encodeAck(1, 0, into.slice(0, 35)));

        assertEquals(0, into.position());
        assertArrayEquals(new byte[195], before);
    }

    @Test
    void shouldFitTheLargestReplyIntoTheSendBuffer() {
        ByteBuffer into = ByteBuffer.allocate(UlogCodec.SEND_BUFFER_BYTES);

        UlogCodec.encodeReply(MARK, Reply.text("x".repeat(UlogCodec.MAX_REPLY_PAYLOAD_BYTES)), into);

        assertEquals(0, into.remaining());
    }

    private static Arguments dropped(String name, Decoded.Reason reason, UnaryOperator<byte[]> damage) {
        return arguments(name, reason, OptionalInt.empty(), damage);
    }

    private static Arguments nacked(String name, Decoded.Reason reason, UnaryOperator<byte[]> damage) {
        return arguments(name, reason, OptionalInt.of(SEQ), damage);
    }

    private static Arguments arguments(String name, Decoded.Reason reason, OptionalInt nackSeq,
            UnaryOperator<byte[]> damage) {
        return Arguments.of(name, reason, nackSeq, damage);
    }

    private static Arguments reply(String name, DecodedReply.Reason reason, UnaryOperator<byte[]> damage) {
        return Arguments.of(name, reason, damage);
    }

    private static UnaryOperator<byte[]> cut(int length) {
        return bytes -> Arrays.copyOf(bytes, length);
    }

    private static UnaryOperator<byte[]> putShort(int at, int value) {
        return bytes -> buffer(bytes).putShort(at, (short) value).array();
    }

    private static UnaryOperator<byte[]> putInt(int at, int value) {
        return bytes -> buffer(bytes).putInt(at, value).array();
    }

    private static UnaryOperator<byte[]> fill(int at, int count, int value) {
        return bytes -> {
            byte[] filled = bytes.clone();
            Arrays.fill(filled, at, at + count, (byte) value);
            return filled;
        };
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes.clone()).order(ByteOrder.nativeOrder());
    }

    private static byte[] encoded(UlogRequest request) {
        return Samples.written(into -> UlogCodec.encodeRequest(request, into));
    }

    private static byte[] resyncWork() {
        return Samples.written(into ->
                UlogCodec.encodeReply(Samples.request(RequestType.GET_RESYNC_WORK), Reply.work(5), into));
    }

    private static UlogRequest request(byte[] datagram) {
        return assertInstanceOf(Decoded.Request.class, UlogCodec.decodeRequest(ByteBuffer.wrap(datagram))).request();
    }
}
