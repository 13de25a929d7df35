package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/** The one form of errors (RFC 9457), whoever answers. */
public final class Problems {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FIRST = 400;

    private Problems() {
    }

    /**
     * Looks at a whole answer, with its head. One that is no error is not looked at.
     *
     * @param path that was asked for; empty where none could be read
     */
    public static void checkAnswer(String answer, Optional<String> path) throws IOException {
        int status = Integer.parseInt(answer.substring(9, 12));
        int end = answer.indexOf("\r\n\r\n");
        String head = answer.substring(0, end).toLowerCase(Locale.ROOT);
        String body = answer.substring(end + 4);
        if (status < FIRST) {
            assertFalse(head.contains("problem+json"), answer);
            return;
        }
        assertTrue(head.contains("\r\ncontent-type: application/problem+json\r\n"), answer);
        assertEquals(status == 405, head.contains("\r\nallow: "), "what is allowed is said: " + answer);
        if (!body.isEmpty()) {
            check(status, body, path);
        }
    }

    /** Looks at the body of an error. */
    public static JsonNode check(int status, String body, Optional<String> path) throws IOException {
        JsonNode problem = JSON.readTree(body);
        assertEquals("about:blank", problem.path("type").asText(), body);
        assertTrue(problem.path("title").asText().matches("[A-Z][A-Za-z ]+"), body);
        assertEquals(status, problem.path("status").asInt(), body);
        assertFalse(problem.path("detail").asText().isBlank(), body);
        assertEquals(problem.get("detail"), problem.get("error"), "for readers of earlier builds: " + body);
        assertEquals(path, Optional.ofNullable(problem.get("instance")).map(JsonNode::asText), body);
        return problem;
    }
}
