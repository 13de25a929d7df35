package org.mirrorlog.membership;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.mirrorlog.door.Handler;
import org.mirrorlog.door.HttpReply;
import org.mirrorlog.door.OwnNames;
import org.mirrorlog.door.Request;

/**
 * By which names other nodes ask at the contact point: those under which discovery finds the nodes, which every one of
 * them can look up; this machine's own ones; and addresses, whichever. A page in a browser can be led here by a name of
 * its own, and sends that: it is not answered. Thread-safe.
 */
final class ContactNames {
    private static final int FORBIDDEN = 403;
    private static final int MISDIRECTED = 421;
    private static final long PAUSE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Set<String> own = new HashSet<>();
    private final Supplier<CompletionStage<Collection<String>>> discovery;
    private final LongSupplier clockNs;
    private CompletionStage<Set<String>> found = CompletableFuture.completedStage(Set.of());
    private long askAgainAtNs;

    /**
     * @param own names of this machine
     * @param discovery finds the names of the nodes; asked once in a second at most
     * @param clockNs never goes back
     */
    ContactNames(Collection<String> own, Supplier<CompletionStage<Collection<String>>> discovery,
            LongSupplier clockNs) {
        own.forEach(name -> OwnNames.name(name).ifPresent(this.own::add));
        this.discovery = discovery;
        this.clockNs = clockNs;
        this.askAgainAtNs = clockNs.getAsLong();
    }

    /** Why it is not answered, as far as nobody has to be asked for that. Does not block. */
    Optional<HttpReply> refusal(Request request) {
        if (request.header("origin").isPresent()) {
            return Optional.of(HttpReply.error(FORBIDDEN, "pages are not answered"));
        }
        return request.header("host").filter(host -> OwnNames.name(host).isEmpty()).map(host -> misdirected());
    }

    /** What is behind, for whoever asks by a name of ours. */
    Handler before(Handler behind) {
        return request -> isOurs(request.header("host").flatMap(OwnNames::name)).thenCompose(isOurs -> isOurs
                ? behind.handle(request) : CompletableFuture.completedStage(misdirected()));
    }

    private static HttpReply misdirected() {
        return HttpReply.error(MISDIRECTED, "no node is found by that name: addresses are answered to, and names that"
                + " discovery finds");
    }

    private CompletionStage<Boolean> isOurs(Optional<String> name) {
        if (name.isEmpty() || OwnNames.isAddress(name.get()) || own.contains(name.get())) {
            return CompletableFuture.completedStage(true);
        }
        return nodes(name.get()).thenApply(names -> names.contains(name.get()));
    }

    /** As they were found last, or anew if this one was not among them. What fails finds nobody. */
    private synchronized CompletionStage<Set<String>> nodes(String wanted) {
        long now = clockNs.getAsLong();
        boolean isKnown = found.toCompletableFuture().getNow(Set.of()).contains(wanted);
        if (!isKnown && now - askAgainAtNs >= 0) {
            askAgainAtNs = now + PAUSE_NS;
            found = CompletableFuture.completedStage(null).thenCompose(ask -> discovery.get())
                    .handle((names, failure) -> failure == null ? inLowerCase(names) : Set.of());
        }
        return found;
    }

    private static Set<String> inLowerCase(Collection<String> names) {
        Set<String> all = new HashSet<>();
        names.forEach(name -> OwnNames.name(name.toLowerCase(Locale.ROOT)).ifPresent(all::add));
        return all;
    }
}
