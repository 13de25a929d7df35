package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The sample datagrams of the specification, byte for byte (they are those of a little-endian host). */
class SampleBytesTest {
    private static final byte[] CTR_DATAGRAM = Samples.hex("""
            df000000 03000000 11000000 00000000
            07000000 01000000 11000000 00000000
            bb000000 00563412 8088ffff 4c564d2d
            30313233 34353637 38396162 63646566
            """ + "00".repeat(0xb0 - 0x40) + """
            02000000 00000000 11000000 01000000
            1b000000 32303937 31353220 636c7573
            74657265 642d636f 72652031 30323400
            """);
    private static final UlogRequest CTR =
            Samples.request(RequestType.CTR, Samples.latin1("2097152 clustered-core 1024"));

    @BeforeEach
    void onlyOnLittleEndianHosts() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldDecodeTheSampleConstructor() {
        assertEquals(224, CTR_DATAGRAM.length);

        UlogRequest request = assertInstanceOf(Decoded.Request.class,
                UlogCodec.decodeRequest(ByteBuffer.wrap(CTR_DATAGRAM)))
                .request();

        assertEquals(Samples.LUID, request.luid());
        assertEquals(Samples.UUID, request.uuid());
        assertEquals(2, request.version());
        assertEquals(0x11, request.seq());
        assertEquals(RequestType.CTR, request.type().orElseThrow());
        assertArrayEquals(CTR.payload(), request.payload());
    }

    @Test
    void shouldDecodeInTheMiddleOfADirectBufferAndLeaveItsPosition() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1000).order(ByteOrder.BIG_ENDIAN);
        buffer.position(3).put(CTR_DATAGRAM).flip().position(3);

        Decoded decoded = UlogCodec.decodeRequest(buffer);

        assertEquals(Samples.UUID, assertInstanceOf(Decoded.Request.class, decoded).request().uuid());
        assertEquals(3, buffer.position());
        assertEquals(3 + 224, buffer.limit());
    }

    @Test
    void shouldEncodeTheSampleConstructor() {
        assertArrayEquals(CTR_DATAGRAM, Samples.written(into -> UlogCodec.encodeRequest(CTR, into)));
    }

    @Test
    void shouldEncodeSuccessLikeTheRequestFromTheStructureOn() {
        byte[] expected = Arrays.copyOf(CTR_DATAGRAM, 196);
        Arrays.fill(expected, 192, 196, (byte) 0);

        byte[] reply = Samples.written(into -> UlogCodec.encodeReply(CTR, Reply.done(), into));

        assertArrayEquals(Arrays.copyOfRange(expected, 36, 196), Arrays.copyOfRange(reply, 36, reply.length));
        assertArrayEquals(Samples.hex("c4000000 03000000 00000000 00000000 07000000 01000000 11000000 00000000"
                + " a0000000"),
                Arrays.copyOf(reply, 36));
    }

    @Test
    void shouldEncodeTheDeviceOfADiskLog() {
        byte[] reply = Samples.written(into -> UlogCodec.encodeReply(CTR, Reply.device("254:3"), into));

        assertEquals(202, reply.length);
        assertEquals(202, reply[0] & 0xff);
        assertEquals(166, reply[32] & 0xff);
        assertArrayEquals(Samples.hex("06000000 3235343a 3300"), Arrays.copyOfRange(reply, 192, 202));
    }

    @Test
    void shouldEncodeResyncWork() {
        byte[] reply = Samples.written(into ->
                UlogCodec.encodeReply(Samples.request(RequestType.GET_RESYNC_WORK), Reply.work(5), into));

        assertEquals(212, reply[0] & 0xff);
        assertArrayEquals(Samples.hex("10000000 0100000000000000 0500000000000000"),
                Arrays.copyOfRange(reply, 192, 212));
    }

    @Test
    void shouldEncodeAFailureAsNegativeErrnoWithoutPayload() {
        byte[] reply = Samples.written(into -> UlogCodec.encodeReply(CTR, Reply.failure(Errno.EINVAL), into));

        assertEquals(196, reply.length);
        assertArrayEquals(Samples.hex("eaffffff"), Arrays.copyOfRange(reply, 180, 184));
        assertArrayEquals(Samples.hex("00000000"), Arrays.copyOfRange(reply, 192, 196));
    }

    @Test
    void shouldEncodeShortAcks() {
        byte[] success =
                Samples.hex("24000000 03000000 00000000 00000000 07000000 01000000 21000000 00000000 00000000");
        byte[] resend = Samples.hex("24000000 03000000 00000000 00000000 07000000 01000000 22000000 0b000000 00000000");
        UlogRequest request = new UlogRequest(1, "u", 2, 0x22, RequestType.IN_SYNC.code(), Samples.words(1));

        assertArrayEquals(success, Samples.written(into -> UlogCodec.encodeAck(0x21, 0, into)));
        assertArrayEquals(resend, Samples.written(into -> UlogCodec.encodeAck(0x22, Errno.EAGAIN.number(), into)));
        assertArrayEquals(resend, Samples.written(into -> UlogCodec.encodeReply(request, Reply.resend(), into)));
    }

    @Test
    void shouldDecodeShortAcksAsTheKernelDoes() {
        byte[] resend = Samples.written(into -> UlogCodec.encodeAck(0x22, Errno.EAGAIN.number(), into));

        UlogAnswer answer = assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(ByteBuffer.wrap(resend)));

        assertEquals(0x22, answer.seq());
        assertEquals(-11, answer.error());
        assertTrue(answer.isShortAck());
        assertTrue(answer.isWhole());
        assertEquals(0, answer.payload().length);
    }
}
