package org.mirrorlog.management;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mirrorlog.door.Feed;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.Request;
import org.mirrorlog.health.Event;
import org.mirrorlog.health.EventBook;

/**
 * {@code GET /mirrorlog/events}: an array of what has happened, or, for who accepts {@code text/event-stream}, that and
 * all that happens from now on as server-sent events. {@code after}, or the header {@code Last-Event-ID}, is the id of
 * the last one that is known; without it {@code last} says how many of the newest are wanted.
 */
final class EventPages {
    private static final String PATH = "/mirrorlog/events";
    private static final String STREAM = "text/event-stream";
    private static final String RESUMED = "last-event-id";
    private static final Pattern PARAMETER = Pattern.compile("(after|last)=(\\d{1,18})");
    /** In one piece of a stream. */
    private static final int MOST_AT_A_TIME = 32;
    /** In one document: several of these are made at a time, each in some copies. */
    private static final int MOST_IN_A_DOCUMENT = 1_000;
    private static final byte[] NOTHING = {};
    private static final byte[] END = {'\n', '\n'};
    private static final byte[] SIGN_OF_LIFE = ": still there\n\n".getBytes(StandardCharsets.UTF_8);

    private final ManagementPort port;
    private final Executor worker;

    EventPages(ManagementPort port, Executor worker) {
        this.port = port;
        this.worker = worker;
    }

    static boolean isAsked(Request request) {
        return PATH.equals(request.path());
    }

    /** For who wants to be told more and more; empty where it is something else that is asked, or asked badly. */
    Optional<Feed> feed(Request request) {
        boolean wantsStream = isAsked(request) && "GET".equals(request.method())
                && request.header("accept").filter(text -> text.contains(STREAM)).isPresent();
        return (wantsStream ? begin(request) : Optional.<Long>empty()).map(id -> new Feed(
                new HttpReply(200, STREAM, NOTHING, Map.of("Cache-Control", "no-store")),
                pieces(port.events(), id), SIGN_OF_LIFE));
    }

    /** All of it at once. */
    CompletionStage<HttpReply> answer(Request request) {
        if (!"GET".equals(request.method()) && !"HEAD".equals(request.method())) {
            return CompletableFuture.completedStage(HttpReply.readOnly());
        }
        Optional<Long> begin = begin(request);
        if (begin.isEmpty()) {
            return CompletableFuture.completedStage(HttpReply.error(400, "events are asked for by after=ID or"
                    + " Last-Event-ID, the last one that is known, or by last=N, at most " + EventBook.MOST));
        }
        return CompletableFuture.supplyAsync(() -> new HttpReply(200, "application/json", json(port.events()
                .after(begin.get(), MOST_IN_A_DOCUMENT).stream().map(EventView::of).toList()), Map.of()), worker);
    }

    /** The id after which it begins; empty if it is asked badly. */
    private Optional<Long> begin(Request request) {
        Map<String, Long> asked = new HashMap<>();
        String query = request.target().substring(request.path().length());
        for (String parameter : query.isEmpty() ? new String[0] : query.substring(1).split("&")) {
            Matcher number = PARAMETER.matcher(parameter);
            if (!number.matches()) {
                return Optional.empty();
            }
            asked.put(number.group(1), Long.valueOf(number.group(2)));
        }
        Optional<String> resumed = request.header(RESUMED);
        if (resumed.isPresent()) {
            return resumed.filter(id -> id.matches("\\d{1,18}")).map(Long::valueOf);
        }
        long last = asked.getOrDefault("last", (long) MOST_IN_A_DOCUMENT);
        return last > EventBook.MOST ? Optional.empty() : Optional.of(Optional.ofNullable(asked.get("after"))
                .orElseGet(() -> port.events().beforeTheLast((int) last)));
    }

    private static Supplier<byte[]> pieces(EventBook book, long begin) {
        AtomicLong seen = new AtomicLong(begin);
        return () -> {
            if (book.last() == seen.get()) {
                return NOTHING;
            }
            ByteArrayOutputStream piece = new ByteArrayOutputStream();
            for (Event event : book.after(seen.get(), MOST_AT_A_TIME)) {
                piece.writeBytes(("id: " + event.id() + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
                piece.writeBytes(json(EventView.of(event)));
                piece.writeBytes(END);
                seen.set(event.id());
            }
            return piece.toByteArray();
        };
    }

    private static byte[] json(Object document) {
        try {
            return LogRoutes.JSON.writeValueAsBytes(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records of this room always have a JSON form", e);
        }
    }
}
