package org.mirrorlog.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One daemon's management endpoint. Every call has a bound; what goes wrong is a {@link CommandFailedException}. */
final class DaemonClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    /** The daemon is there, and cannot say. */
    static final int UNAVAILABLE = 503;
    private static final int HTTP_OK = 200;
    private static final int HTTP_FORBIDDEN = 403;

    private final URI base;
    private final Optional<Path> socket;
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();

    /**
     * What the daemon said.
     *
     * @param body null if it was no JSON
     */
    record Answer(int status, String text, JsonNode body) { }

    DaemonClient(URI base, Optional<Path> socket) {
        this.base = base;
        this.socket = socket;
    }

    /** One part of a path, whatever it contains; dots alone are spelled as the daemon's routes want them. */
    static String segment(String text) {
        if (text.equals(".") || text.equals("..")) {
            return text.equals(".") ? "%E2%80%A4" : "%E2%80%A5";
        }
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The document at this path. */
    JsonNode get(String path) {
        return checked(ask(request(path).GET()));
    }

    /** Whatever is answered at this path. */
    Answer look(String path) {
        return ask(request(path).GET());
    }

    /** Asks for a change: at the UNIX socket that was given, or else at the one that the daemon names. */
    JsonNode post(String path, Object body) {
        try {
            String json = JSON.writeValueAsString(body);
            if (socket.isPresent()) {
                return checked(atSocket(socket.get(), path, json));
            }
            Answer answer = ask(request(path).header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(json)));
            boolean isElsewhere = answer.status() == HTTP_FORBIDDEN && answer.body() != null
                    && !answer.body().path("socket").asText().isEmpty();
            return checked(isElsewhere ? atSocket(Path.of(answer.body().path("socket").asText()), path, json) : answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("lists and maps of strings always have a JSON form", e);
        }
    }

    /**
     * Takes the lines of an answer that goes on, until it ends.
     *
     * @param seen id of the last event that is known; empty if there is none
     */
    void stream(String path, String seen, Consumer<String> line) {
        HttpRequest.Builder request = request(path).header("Accept", "text/event-stream");
        if (!seen.isEmpty()) {
            request.header("Last-Event-ID", seen);
        }
        HttpResponse<Stream<String>> response = sent(request, HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            if (response.statusCode() == UNAVAILABLE) {
                String text = lines.collect(Collectors.joining(" "));
                throw new CommandFailedException(Exit.NOT_REACHABLE, "the daemon at " + base + " cannot say now: "
                        + reason(parse(text)).orElse(text));
            } else if (response.statusCode() != HTTP_OK) {
                String text = lines.collect(Collectors.joining("\n"));
                checked(new Answer(response.statusCode(), text, parse(text)));
            }
            lines.forEach(line);
        } catch (UncheckedIOException e) {
            throw notReachable(e.getCause());
        }
    }

    private static Answer atSocket(Path socket, String path, String json) {
        try {
            OperatorSocket.Answer answer = OperatorSocket.post(socket, path, json, ANSWER_TIMEOUT);
            return new Answer(answer.status(), answer.text(), parse(answer.text()));
        } catch (IOException e) {
            throw new CommandFailedException(Exit.NOT_REACHABLE, "no answer at the operators' socket " + socket + ": "
                    + why(e) + "; it is for root and the members of mirrorlog.operator.group. Another path: --socket");
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(ANSWER_TIMEOUT);
    }

    private Answer ask(HttpRequest.Builder request) {
        HttpResponse<String> response = sent(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), parse(response.body()));
    }

    private CommandFailedException notReachable(IOException failure) {
        return new CommandFailedException(Exit.NOT_REACHABLE, "no daemon answers at " + base + ": "
                + why(failure) + "; is it running? Another address: --url");
    }

    private <T> HttpResponse<T> sent(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
        try {
            return client.send(request.build(), body);
        } catch (IOException e) {
            throw notReachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(Exit.FAILED, "interrupted");
        }
    }

    /** The JDK's client says nothing where nobody listens. */
    private static String why(IOException failure) {
        if (failure.getMessage() != null) {
            return failure.getMessage();
        }
        return failure instanceof ConnectException ? "nobody listens there" : "the connection was lost";
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** What was answered; fails with the daemon's reason if it refuses. */
    JsonNode checked(Answer answer) {
        if (answer.status() >= 200 && answer.status() < 300 && answer.body() != null) {
            return answer.body();
        }
        throw new CommandFailedException(Exit.FAILED, reason(answer.body()).orElseGet(() -> "HTTP status "
                + answer.status() + " without a reason; is a mirrorlogd at " + base + "?"));
    }

    /** What an error says; earlier builds told it under another name. */
    static Optional<String> reason(JsonNode body) {
        return Stream.of("detail", "error").filter(name -> body != null && body.hasNonNull(name)).findFirst()
                .map(name -> body.get(name).asText());
    }
}
