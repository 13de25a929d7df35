package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Encoding and decoding undo each other, for any values (a failure prints the seed to run it again). */
class CodecPropertyTest {
    @Property
    void shouldDecodeTheRequestThatWasEncoded(@ForAll("requests") UlogRequest request) {
        byte[] datagram = Samples.written(into -> UlogCodec.encodeRequest(request, into));

        UlogRequest decoded = request(datagram);

        assertSame(request, decoded);
        assertEquals(0, datagram.length % 4);
        assertArrayEquals(datagram, Samples.written(into -> UlogCodec.encodeRequest(decoded, into)));
    }

    @Property
    void shouldNeedEveryByteOfTheRequest(@ForAll("requests") UlogRequest request,
            @ForAll @IntRange(max = 527) int length) {
        byte[] datagram = Samples.written(into -> UlogCodec.encodeRequest(request, into));
        int needed = UlogLayout.DATA + request.payload().length;

        Decoded decoded = UlogCodec.decodeRequest(ByteBuffer.wrap(datagram, 0, Math.min(length, datagram.length)));

        assertEquals(Math.min(length, datagram.length) >= needed, decoded instanceof Decoded.Request);
    }

    @Property
    void shouldDecodeTheReplyThatWasEncoded(@ForAll("requests") UlogRequest request,
            @ForAll @Size(max = 864) byte[] payload) {
        Reply reply = Reply.text(new String(payload, StandardCharsets.ISO_8859_1));

        UlogAnswer answer = answer(Samples.written(into -> UlogCodec.encodeReply(request, reply, into)));

        assertEquals(request.seq(), answer.seq());
        assertEquals(0, answer.error());
        assertTrue(answer.isWhole() && !answer.isShortAck());
        assertArrayEquals(payload, answer.payload());
    }

    @Property
    void shouldEchoTheRequestInItsReply(@ForAll("requests") UlogRequest request) {
        byte[] reply = Samples.written(into -> UlogCodec.encodeReply(request, Reply.done(), into));

        UlogRequest echo = request(reply);

        assertSame(new UlogRequest(request.luid(), request.uuid(), request.version(), request.seq(), request.wireType(),
                new byte[0]), echo);
    }

    @Property
    void shouldDecodeTheErrorThatWasEncoded(@ForAll("requests") UlogRequest request, @ForAll Errno errno) {
        Reply reply = errno == Errno.EAGAIN ? Reply.resend() : Reply.failure(errno);

        UlogAnswer answer = answer(Samples.written(into -> UlogCodec.encodeReply(request, reply, into)));

        assertEquals(request.seq(), answer.seq());
        assertEquals(-errno.number(), answer.error());
        assertEquals(errno == Errno.EAGAIN, answer.isShortAck());
        assertEquals(0, answer.payload().length);
    }

    @Property
    void shouldDecodeTheShortAckThatWasEncoded(@ForAll int seq, @ForAll @IntRange int errno) {
        UlogAnswer answer = answer(Samples.written(into -> UlogCodec.encodeAck(seq, errno, into)));

        assertEquals(seq, answer.seq());
        assertEquals(-errno, answer.error());
        assertTrue(answer.isShortAck());
    }

    @Provide
    Arbitrary<UlogRequest> requests() {
        Arbitrary<String> uuids = Arbitraries.strings().withCharRange('\u0001', '\u00ff').ofMinLength(1)
                .ofMaxLength(128);
        Arbitrary<Integer> nonZero = Arbitraries.integers().filter(value -> value != 0);
        Arbitrary<byte[]> payloads = Arbitraries.bytes().array(byte[].class).ofMaxSize(332);
        return Combinators.combine(Arbitraries.longs(), uuids, nonZero, Arbitraries.integers(), nonZero, payloads)
                .as(UlogRequest::new);
    }

    private static void assertSame(UlogRequest expected, UlogRequest actual) {
        assertEquals(expected.luid(), actual.luid());
        assertEquals(expected.uuid(), actual.uuid());
        assertEquals(expected.version(), actual.version());
        assertEquals(expected.seq(), actual.seq());
        assertEquals(expected.wireType(), actual.wireType());
        assertArrayEquals(expected.payload(), actual.payload());
    }

    private static UlogRequest request(byte[] datagram) {
        return assertInstanceOf(Decoded.Request.class, UlogCodec.decodeRequest(ByteBuffer.wrap(datagram))).request();
    }

    private static UlogAnswer answer(byte[] datagram) {
        return assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(ByteBuffer.wrap(datagram)));
    }
}
