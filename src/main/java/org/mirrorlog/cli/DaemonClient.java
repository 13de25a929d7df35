package org.mirrorlog.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.mirrorlog.cli.PlainHttp.Reply;
import org.mirrorlog.cli.PlainHttp.Wish;

/** One daemon's management endpoint. Every call has a bound; what goes wrong is a {@link CommandFailedException}. */
final class DaemonClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int HTTP_PORT = 80;
    private static final int MOST_BYTES = 64 << 20;
    /** The daemon is there, and cannot say. */
    static final int UNAVAILABLE = 503;
    private static final int HTTP_OK = 200;
    private static final int HTTP_FORBIDDEN = 403;

    private final URI base;
    private final Identity identity;
    private final Optional<Path> socket;
    private final Duration patience;

    /**
     * What the daemon said.
     *
     * @param body null if it was no JSON
     */
    record Answer(int status, String text, JsonNode body) { }

    /**
     * @param identity for an address of TLS
     * @param patience with each answer
     */
    DaemonClient(URI base, Identity identity, Optional<Path> socket, Duration patience) {
        this.base = base;
        this.identity = identity;
        this.socket = socket;
        this.patience = patience;
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
        return checked(look(path));
    }

    /** Whatever is answered at this path. */
    Answer look(String path) {
        return ask("GET", path, null);
    }

    /** What the daemon tells operators only, at this path. */
    Answer lookInside(String path) {
        return socket.isPresent() ? atSocket(socket.get(), path, null) : whereItSays("GET", path, null);
    }

    /** Asks for a change: at the UNIX socket that was given, or else at the one that the daemon names. */
    JsonNode post(String path, Object body) {
        try {
            String json = JSON.writeValueAsString(body);
            return checked(socket.isPresent() ? atSocket(socket.get(), path, json)
                    : whereItSays("POST", path, json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("lists and maps of strings always have a JSON form", e);
        }
    }

    private Answer whereItSays(String method, String path, String json) {
        Answer answer = ask(method, path, json);
        boolean isElsewhere = answer.status() == HTTP_FORBIDDEN && answer.body() != null
                && !answer.body().path("socket").asText().isEmpty();
        return isElsewhere ? atSocket(Path.of(answer.body().path("socket").asText()), path, json) : answer;
    }

    /**
     * Takes the lines of an answer that goes on, until it ends.
     *
     * @param seen id of the last event that is known; empty if there is none
     */
    void stream(String path, String seen, Consumer<String> line) {
        Map<String, String> head = seen.isEmpty() ? Map.of("Accept", "text/event-stream")
                : Map.of("Accept", "text/event-stream", "Last-Event-ID", seen);
        send(new Wish("GET", host(), path, head, null), true, reply -> {
            BufferedReader lines = new BufferedReader(new InputStreamReader(reply.body(), StandardCharsets.UTF_8));
            if (reply.status() == UNAVAILABLE) {
                String text = lines.lines().collect(Collectors.joining(" "));
                throw new CommandFailedException(Exit.NOT_REACHABLE, "the daemon at " + base + " cannot say now: "
                        + reason(parse(text)).orElse(text));
            } else if (reply.status() != HTTP_OK) {
                String text = lines.lines().collect(Collectors.joining("\n"));
                checked(new Answer(reply.status(), text, parse(text)));
            }
            for (String one = lines.readLine(); one != null; one = lines.readLine()) {
                line.accept(one);
            }
            return null;
        });
    }

    private Answer atSocket(Path path, String page, String json) {
        try {
            return PlainHttp.ask(UnixDomainSocketAddress.of(path), new Wish(json == null ? "GET" : "POST", "localhost",
                    page, Map.of(), json), patience, false, DaemonClient::answer);
        } catch (IOException | InvalidPathException e) {
            throw new CommandFailedException(Exit.NOT_REACHABLE, "no answer at the operators' socket " + path + ": "
                    + why(e) + "; it is for root and the members of mirrorlog.operator.group. Another path: --socket");
        }
    }

    private String host() {
        return base.getPort() < 0 ? base.getHost() : base.getHost() + ":" + base.getPort();
    }

    private Answer ask(String method, String path, String json) {
        return send(new Wish(method, host(), path, Map.of(), json), false, DaemonClient::answer);
    }

    private static Answer answer(Reply reply) throws IOException {
        byte[] bytes = reply.body().readNBytes(MOST_BYTES);
        if (bytes.length == MOST_BYTES) {
            throw new IOException("it answers with more than " + (MOST_BYTES >> 20) + " MiB");
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        return new Answer(reply.status(), text, parse(text));
    }

    private <T> T send(Wish wish, boolean isEndless, PlainHttp.Reader<T> reader) {
        try {
            if ("https".equals(base.getScheme())) {
                return SecureHttp.ask(new SecureHttp.Place(base, identity, patience, isEndless), wish, reader);
            }
            String name = base.getHost().replaceAll("[\\[\\]]", "");
            InetSocketAddress where = new InetSocketAddress(name, base.getPort() < 0 ? HTTP_PORT : base.getPort());
            return PlainHttp.ask(where, wish, patience, isEndless, reader);
        } catch (IOException e) {
            throw "https".equals(base.getScheme()) ? notTrusted(e) : notReachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(Exit.FAILED, "interrupted");
        }
    }

    private CommandFailedException notReachable(IOException failure) {
        return new CommandFailedException(Exit.NOT_REACHABLE, "no daemon answers at " + base + ": "
                + why(failure) + "; is it running? Another address: --url");
    }

    /** With TLS 1.3 one is told that a certificate is missing when the connection is there already, if at all. */
    private CommandFailedException notTrusted(IOException failure) {
        if (failure instanceof ConnectException) {
            return notReachable(failure);
        }
        boolean isOurs = failure instanceof SSLHandshakeException && !why(failure).contains("fatal alert");
        return new CommandFailedException(Exit.NOT_REACHABLE, (isOurs ? "the certificate of " + base
                + " is not believed here (--ca names its authority): " : "no answer from " + base + ", which asks for a"
                + " certificate with a role (--cert, --key): ") + why(failure));
    }

    private static String why(Exception failure) {
        if (failure instanceof ConnectException) {
            return "nobody listens there";
        }
        return failure.getMessage() != null ? failure.getMessage() : "the connection was lost";
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
