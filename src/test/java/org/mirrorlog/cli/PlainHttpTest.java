package org.mirrorlog.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What mirrorlogctl makes of whatever answers at a port. */
@Timeout(60)
class PlainHttpTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private ServerSocket server;
    private CompletableFuture<String> asked;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void answer(String text) {
        asked = CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                byte[] head = socket.getInputStream().readNBytes(1);
                byte[] rest = new byte[socket.getInputStream().available()];
                assertEquals(rest.length, socket.getInputStream().readNBytes(rest, 0, rest.length));
                socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
                return new String(head, StandardCharsets.US_ASCII) + new String(rest, StandardCharsets.US_ASCII);
            } catch (IOException e) {
                return e.toString();
            }
        });
    }

    private String ask(Duration patience) throws IOException {
        return PlainHttp.ask(new InetSocketAddress("127.0.0.1", server.getLocalPort()),
                new PlainHttp.Wish("GET", "h:1", "/p", Map.of("Accept", "x"), null), patience, false,
                reply -> reply.status() + " " + new String(reply.body().readAllBytes(), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"'Content-Length: 3\r\n\r\nabcdef', abc", "'Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n"
            + "0\r\n\r\n', abc", "'\r\nabc', abc", "'Content-Length: 0\r\n\r\n', ''",
        "'transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n', ''"})
    void shouldReadABodyHoweverItsEndIsMarked(String answer, String body) throws IOException {
        answer("HTTP/1.1 200 OK\r\n" + answer);

        assertEquals("200 " + body, ask(LONG));
        assertEquals("GET /p HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\nAccept: x\r\n\r\n", asked.join());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/2 20 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n"})
    void shouldSayThatThisIsSomethingElse(String answer) {
        answer(answer);

        assertEquals("this is no mirrorlogd", assertThrows(IOException.class, () -> ask(LONG)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
            + "\r\n\r\n5"})
    void shouldNotTakeAPartForTheWhole(String answer) {
        answer(answer);

        assertEquals("the connection was lost", assertThrows(IOException.class, () -> ask(LONG)).getMessage());
    }

    @Test
    void shouldWaitForABoundedTime() {
        // Nobody accepts: the system does, and says nothing.
        IOException late = assertThrows(IOException.class, () -> ask(Duration.ofSeconds(1)));

        assertTrue(late.getMessage().contains("nothing within 1 s"), late.getMessage());
    }
}
