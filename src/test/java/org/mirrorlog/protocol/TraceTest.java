package org.mirrorlog.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real kernel said, read and said again (the recordings are of a little-endian machine). */
class TraceTest {
    private static final int CN_MSG = UlogLayout.NLMSG_BYTES;

    @BeforeEach
    void onlyOnLittleEndianHosts() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    static Stream<Trace> traces() {
        return Trace.all();
    }

    static Stream<Trace> tracesWithRightAnswers() {
        return Trace.all().filter(Trace::hasRightAnswers);
    }

    @Test
    void shouldFindTheRecordings() {
        assertEquals(22, traces().count());
        assertEquals(7, tracesWithRightAnswers().count());
    }

    @ParameterizedTest
    @MethodSource("traces")
    void shouldEncodeEveryRequestAsTheKernelDid(Trace trace) {
        for (Trace.Message message : trace.messages()) {
            if (message.isRequest()) {
                UlogRequest request = request(message);

                byte[] again = Samples.written(into -> UlogCodec.encodeRequest(request, into));

                assertArrayEquals(Arrays.copyOfRange(message.datagram(), CN_MSG, message.datagram().length),
                        Arrays.copyOfRange(again, CN_MSG, again.length));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tracesWithRightAnswers")
    void shouldEncodeEveryRightAnswerAsItWasSent(Trace trace) {
        Map<Integer, UlogRequest> asked = new HashMap<>();
        for (Trace.Message message : trace.messages()) {
            if (message.isRequest()) {
                UlogRequest request = request(message);
                asked.put(request.seq(), request);
                continue;
            }
            UlogAnswer answer = answer(message);
            UlogRequest request = asked.get(answer.seq());
            assertNotNull(request, "answer " + answer.seq() + " belongs to a request");
            assertEquals(0, answer.error());
            Reply reply = Reply.text(new String(answer.payload(), StandardCharsets.ISO_8859_1));

            byte[] again = Samples.written(into -> UlogCodec.encodeReply(request, reply, into));

            assertArrayEquals(withoutPadding(message.datagram()), Arrays.copyOfRange(again, CN_MSG, again.length));
            assertTrue(ReplySize.fits(request, reply), () -> request.type() + " is answered by " + reply);
        }
    }

    @ParameterizedTest
    @MethodSource("traces")
    void shouldReadWhatTheListingSays(Trace trace) {
        Map<Integer, String> types = new HashMap<>();
        assertEquals(trace.listing().size(), trace.messages().size());
        for (int i = 0; i < trace.messages().size(); i++) {
            assertEquals(trace.listing().get(i), line(trace.messages().get(i), types), "message " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("traces")
    void shouldAcceptTheArgumentsOfEveryRequest(Trace trace) {
        Map<Long, Long> regionCounts = new HashMap<>();
        for (Trace.Message message : trace.messages()) {
            if (message.isRequest()) {
                UlogRequest request = request(message);
                if (request.type().orElseThrow() == RequestType.CTR) {
                    regionCounts.put(request.luid(), parsed(request).spec().regionCount());
                }
                // Some recordings start after their constructor: any region then counts as one.
                long regionCount = regionCounts.getOrDefault(request.luid(), 0xffff_ffffL);

                assertEquals(Optional.empty(), RequestArguments.problem(request, regionCount));
            }
        }
    }

    private static Trace.Line line(Trace.Message message, Map<Integer, String> types) {
        if (message.isRequest()) {
            UlogRequest request = request(message);
            types.put(request.seq(), request.type().orElseThrow().name());
            return new Trace.Line(true, request.seq(), types.get(request.seq()), false, 0, request.payload().length);
        }
        UlogAnswer answer = answer(message);
        assertTrue(answer.isWhole());
        return new Trace.Line(false, answer.seq(), types.get(answer.seq()), answer.isShortAck(), answer.error(),
                answer.payload().length);
    }

    private static UlogRequest request(Trace.Message message) {
        return assertInstanceOf(Decoded.Request.class,
                UlogCodec.decodeRequest(ByteBuffer.wrap(message.datagram()))).request();
    }

    private static UlogAnswer answer(Trace.Message message) {
        return assertInstanceOf(UlogAnswer.class, UlogCodec.decodeReply(ByteBuffer.wrap(message.datagram())));
    }

    private static ConstructorString.Parsed parsed(UlogRequest request) {
        return assertInstanceOf(ConstructorString.Parsed.class, ConstructorString.parse(request.payload()));
    }

    /** The connector message alone; the recording pads replies, too. */
    private static byte[] withoutPadding(byte[] datagram) {
        int length = Short.toUnsignedInt(ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder())
                .getShort(UlogLayout.CN_LEN));
        return Arrays.copyOfRange(datagram, CN_MSG, UlogLayout.HEADERS_BYTES + length);
    }
}
