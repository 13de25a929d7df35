package org.mirrorlog.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnNamesTest {
    private final OwnNames names = new OwnNames(List.of("Storage-1", "mirrors.example.org", "[2001:db8::1]"), "http");
    private final OwnNames overTls = new OwnNames(List.of("Storage-1"), "https");

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "127.0.0.1:8558, -, 0",
        "127.8.8.8, -, 0",
        "[::1]:8558, -, 0",
        "LocalHost:80, -, 0",
        "storage-1:8558, -, 0",
        "storage-1., -, 0",
        "mirrors.example.org, -, 0",
        "[2001:db8::1]:8558, -, 0",
        "-, -, 0",
        "evil.example, -, 421",
        "127.0.0.1.evil.example:8558, -, 421",
        "127.evil.example, -, 421",
        "10.0.0.1, -, 421",
        "'', -, 421",
        "127.0.0.1 , -, 0",
        "127.0.0.1@evil.example, -, 421",
        "127.0.0.1:8558/evil, -, 421",
        "127.0.0.1:8558, http://127.0.0.1:8558, 0",
        "127.0.0.1:8558, http://127.0.0.1:3000, 403",
        "127.0.0.1:8558, http://evil.example, 403",
        "127.0.0.1:8558, https://127.0.0.1:8558, 403",
        "127.0.0.1:8558, null, 403",
        "-, http://127.0.0.1:8558, 403",
        "evil.example, http://evil.example, 421",
    })
    void shouldAnswerToItsOwnNamesAndPagesOnly(String host, String origin, int status) {
        Map<String, String> headers = new HashMap<>();
        Optional.ofNullable(host).ifPresent(value -> headers.put("host", value));
        Optional.ofNullable(origin).ifPresent(value -> headers.put("origin", value));

        Request request = new Request("GET", "/", headers, new byte[0], Optional.empty());

        assertEquals(status, names.refusal(request).map(HttpReply::status).orElse(0));
    }

    @ParameterizedTest
    @CsvSource({"https://storage-1:8559, 0", "http://storage-1:8559, 403", "https://storage-1, 403", "null, 403"})
    void shouldAnswerToPagesThatCameOverTlsWhereThatIsSpoken(String origin, int status) {
        Request request = new Request("GET", "/", Map.of("host", "storage-1:8559", "origin", origin), new byte[0],
                Optional.empty());

        assertEquals(status, overTls.refusal(request).map(HttpReply::status).orElse(0));
    }
}
