package org.mirrorlog.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestParserTest {
    private static final String POST = "POST /mirrorlog/deaths?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8558\r\nX-Some: a\r\n"
            + "x-some:b \r\nContent-Length: 5\r\n\r\nhello";

    private static Optional<Request> parse(RequestParser parser, String text) throws BadRequestException {
        return parser.take(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void shouldReadARequestInPiecesOfAnySize() throws Exception {
        for (int size = 1; size <= POST.length(); size++) {
            RequestParser parser = new RequestParser();
            Optional<Request> request = Optional.empty();
            for (int i = 0; i < POST.length(); i += size) {
                assertEquals(Optional.empty(), request, "not before it is whole");
                request = parse(parser, POST.substring(i, Math.min(POST.length(), i + size)));
            }
            Request whole = request.orElseThrow();
            assertEquals("POST", whole.method());
            assertEquals("/mirrorlog/deaths", whole.path());
            assertEquals(Map.of("host", "127.0.0.1:8558", "x-some", "a, b", "content-length", "5"), whole.headers());
            assertEquals("hello", new String(whole.body(), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void shouldTakeBareLineFeedsAndAnOldClientWithoutHost() throws Exception {
        assertTrue(parse(new RequestParser(), "GET / HTTP/1.0\n\n").isPresent());
        assertTrue(parse(new RequestParser(), "GET / HTTP/1.1\nHost: a\n\nand more").isPresent());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "400 | GET / HTTP/1.1#a: b##                             | no host",
        "400 | GET / HTTP/1.1#Host: a#Host: a##                  | two hosts",
        "400 | GET / HTTP/1.1#Host: a#Content-Length: 1#Content-Length: 1## | two lengths",
        "400 | GET / HTTP/1.1#Host: a#Content-Length: -1##       | negative",
        "400 | GET / HTTP/1.1#Host: a# folded##                  | folded",
        "400 | GET / HTTP/1.1#Host: a#Na me: x##                 | name with a blank",
        "400 | GET / HTTP/1.1#Host: a#: x##                      | no name",
        "400 | GET http://a/ HTTP/1.1#Host: a##                  | a whole address",
        "400 | OPTIONS * HTTP/1.1#Host: a##                      | no path",
        "400 | get / HTTP/1.1#Host: a##                          | lower case",
        "400 | GET  / HTTP/1.1#Host: a##                         | two blanks",
        "400 | ##                                                | nothing",
        "400 | SSH-2.0-OpenSSH_9##                               | something else",
        "411 | POST / HTTP/1.1#Host: a#Transfer-Encoding: chunked## | chunks",
        "413 | POST / HTTP/1.1#Host: a#Content-Length: 4097##    | too long",
        "505 | GET / HTTP/2.0#Host: a##                          | HTTP/2",
    })
    void shouldRefuseWhatCanBeReadInTwoWays(int status, String text, String what) {
        BadRequestException refusal = assertThrows(BadRequestException.class,
                () -> parse(new RequestParser(), text.replace("#", "\r\n")), what);

        assertEquals(status, refusal.reply().status(), what + ": " + refusal.getMessage());
    }

    @Test
    void shouldRefuseAHeadWithoutEnd() throws Exception {
        RequestParser parser = new RequestParser();
        parse(parser, "GET / HTTP/1.1\r\nHost: a\r\n");
        BadRequestException refusal = assertThrows(BadRequestException.class, () -> {
            for (int i = 0; i < 10_000; i++) {
                parse(parser, "x: y\r\n");
            }
        });

        assertEquals(431, refusal.reply().status());
        assertThrows(BadRequestException.class, () -> parse(new RequestParser(), "a".repeat(9_000)));
        assertThrows(BadRequestException.class,
                () -> parse(new RequestParser(), "GET / HTTP/1.1\r\nHost: a\r\n" + "a: b\r\n".repeat(100) + "\r\n"));
    }

    @Test
    void shouldReadAnyBytesOrRefuseThem() {
        long seed = Long.getLong("seed", 15L);
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = POST.getBytes(StandardCharsets.ISO_8859_1);
            for (int changes = random.nextInt(6); changes >= 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                new RequestParser().take(ByteBuffer.wrap(bytes));
            } catch (BadRequestException e) {
                assertTrue(e.reply().status() >= 400, "seed " + seed);
            }
        }
    }
}
