package org.mirrorlog.dmsetup;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.mirrorlog.logging.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suspends and resumes mirrors (D22) and wakes idle ones (protocol 8.3), by {@code dmsetup} or by the operator's
 * command.
 *
 * <p>The work is done by a shell of its own, which ignores signals and goes on when the daemon dies; beside it a second
 * one waits and resumes if the first is killed. A mirror that has an inactive table loaded, or is suspended already, is
 * left alone: its resume would do more than end our suspend. A table that is loaded while our suspend lasts is for
 * whoever loaded it to resume or to clear; until then the mirror stays suspended, and is looked at again each second
 * for ten minutes. Between such a look and the resume that follows it are some milliseconds in which a table can still
 * slip in: the kernel has no resume that refuses one. Thread-safe; nothing blocks.
 */
public final class Reactivator {
    private static final Logger LOG = LoggerFactory.getLogger(Reactivator.class);
    /** A suspend that takes longer is given up; the mirror is resumed. */
    private static final int SUSPEND_LIMIT_S = 20;
    private static final Duration LIMIT = Duration.ofSeconds(2 * SUSPEND_LIMIT_S);
    private static final Duration WAKE_LIMIT = Duration.ofSeconds(20);
    private static final long PAUSE_AFTER_FAILURE_MS = 5_000;
    private static final int MOST_AT_A_TIME = 16;

    /** $1: seconds; $2: name of the mirror, for printf. */
    private static final String BY_DMSETUP = """
            trap '' HUP INT TERM PIPE
            name=$(printf '%b.' "$2"); name=${name%.}
            look() { dmsetup info -c --noheadings -o "$1" -- "$name"; }
            release() {
              tries=$1
              while :; do
                case "$(look tables_loaded)" in
                  Both|Inactive) [ "$(look suspended)" = Active ] && return 0 ;;
                  *) dmsetup resume -- "$name" && return 0 ;;
                esac
                [ "$tries" -gt 0 ] || return 1
                tries=$((tries - 1)); sleep 1
              done
            }
            [ "$(look tables_loaded)" = Live ] || { echo "mirror $name has an inactive table loaded"; exit 3; }
            [ "$(look suspended)" = Active ] || { echo "mirror $name is suspended already"; exit 3; }
            ( sleep $(($1 + 5)); [ "$(look suspended)" = Active ] || release 600 ) </dev/null >/dev/null 2>&1 &
            guard=$!
            timeout -s KILL "$1" dmsetup suspend --nolockfs -- "$name"; suspended=$?
            release 10; resumed=$?
            [ $resumed = 0 ] && kill -KILL $guard
            [ $resumed = 0 ] || echo "mirror $name stays suspended: it cannot be resumed, \
            or a table was loaded meanwhile \
            that a resume would make live: resume it, or clear that table, by dmsetup"
            [ $suspended = 0 ] && [ $resumed = 0 ]
            """;

    /**
     * $1: seconds; $2: log uuid, for printf; then the command. Status 3 of its suspend: refused, nothing was touched;
     * of its resume: not now, a table was loaded meanwhile that a resume would make live.
     */
    private static final String BY_COMMAND = """
            trap '' HUP INT TERM PIPE
            limit=$1; uuid=$(printf '%b.' "$2"); uuid=${uuid%.}; shift 2
            release() {
              tries=$1; shift
              while :; do
                "$@" resume "$uuid"; status=$?
                [ $status = 3 ] && [ "$tries" -gt 0 ] || return $status
                tries=$((tries - 1)); sleep 1
              done
            }
            ( sleep $((limit + 5)); release 600 "$@" ) </dev/null >/dev/null 2>&1 &
            guard=$!
            timeout -s KILL "$limit" "$@" suspend "$uuid"; suspended=$?
            [ $suspended = 3 ] && { kill -KILL $guard; exit 3; }
            release 10 "$@"; resumed=$?
            [ $resumed = 0 ] && kill -KILL $guard
            [ $suspended = 0 ] && [ $resumed = 0 ]
            """;

    /** $1: log uuid, for printf; then the command. */
    private static final String KICK = """
            uuid=$(printf '%b.' "$1"); uuid=${uuid%.}; shift
            exec "$@" kick "$uuid"
            """;

    private final Map<String, String> environment;
    private final List<String> tablesCommand;
    private final Function<String, Optional<String>> mirrorOf;
    private final LongSupplier clockMs;
    /** Log uuid to when it may be tried again; Long.MAX_VALUE while it is under way. */
    private final Map<String, Long> notBefore = new ConcurrentHashMap<>();
    private final Map<String, CompletionStage<Void>> waking = new ConcurrentHashMap<>();

    /**
     * @param node name of this machine, told to the command
     * @param tablesCommand of the operator; empty: dmsetup
     * @param mirrorOf without a command: the mirror that uses a log, if there is one; may block
     */
    public Reactivator(String node, List<String> tablesCommand, Function<String, Optional<String>> mirrorOf,
            LongSupplier clockMs) {
        this(Map.of("MIRRORLOG_NODE", node), tablesCommand, mirrorOf, clockMs);
    }

    Reactivator(Map<String, String> environment, List<String> tablesCommand,
            Function<String, Optional<String>> mirrorOf, LongSupplier clockMs) {
        this.environment = Map.copyOf(environment);
        this.tablesCommand = List.copyOf(tablesCommand);
        this.mirrorOf = mirrorOf;
        this.clockMs = clockMs;
    }

    /** Suspends and resumes the mirror that uses this log, unless that is under way or has failed just now. */
    public void reactivate(String uuid) {
        long now = clockMs.getAsLong();
        notBefore.values().removeIf(time -> time <= now);
        if (notBefore.size() >= MOST_AT_A_TIME || notBefore.putIfAbsent(uuid, Long.MAX_VALUE) != null) {
            return;
        }
        LOG.info("log {}: its mirror is suspended and resumed", uuid);
        suspendAndResume(uuid).whenComplete((done, failure) -> {
            if (failure != null) {
                Throwable cause = Failures.cause(failure);
                LOG.warn("log {}: its mirror was not suspended and resumed: {}", uuid, cause.getMessage());
            }
            notBefore.put(uuid, clockMs.getAsLong() + (failure == null ? 0 : PAUSE_AFTER_FAILURE_MS));
        });
    }

    boolean isAtWork(String uuid) {
        return notBefore.getOrDefault(uuid, 0L) == Long.MAX_VALUE;
    }

    private CompletionStage<Void> suspendAndResume(String uuid) {
        if (!tablesCommand.isEmpty()) {
            return BoundedCommand.run(line(BY_COMMAND, uuid), environment, LIMIT, true);
        }
        CompletableFuture<String> mirror = new CompletableFuture<>();
        Thread thread = new Thread(() -> mirrorOf.apply(uuid).ifPresentOrElse(mirror::complete,
                () -> mirror.completeExceptionally(new IOException("no mirror of this machine's kernel uses it"))),
                "mirrorlog-find-mirror");
        thread.setUncaughtExceptionHandler((which, failure) -> mirror.completeExceptionally(failure));
        try {
            Threads.start(thread);
        } catch (IllegalStateException e) {
            mirror.completeExceptionally(e);
        }
        return mirror.thenCompose(name -> BoundedCommand.run(line(BY_DMSETUP, name), environment, LIMIT, true));
    }

    private List<String> line(String script, String name) {
        List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", script, "mirrorlog-reactivate",
                Integer.toString(SUSPEND_LIMIT_S), forPrintf(name)));
        line.addAll(tablesCommand);
        return line;
    }

    /** The bytes of a name, one for each character, whatever the locale makes of arguments. */
    private static String forPrintf(String name) {
        StringBuilder octal = new StringBuilder();
        name.chars().forEach(c -> octal.append(String.format("\\0%03o", c)));
        return octal.toString();
    }

    /** Wakes the mirror by the operator's command, if there is one and it is not at work for this mirror. */
    public void wake(String uuid) {
        if (tablesCommand.isEmpty() || waking.size() >= MOST_AT_A_TIME) {
            return;
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        if (waking.putIfAbsent(uuid, mine) == null) {
            List<String> line = new ArrayList<>(
                    List.of("/bin/sh", "-c", KICK, "mirrorlog-kick", forPrintf(uuid)));
            line.addAll(tablesCommand);
            BoundedCommand.run(line, environment, WAKE_LIMIT, false).whenComplete((done, failure) -> {
                waking.remove(uuid, mine);
                if (failure != null) {
                    LOG.warn("log {}: its mirror could not be woken: {}", uuid, failure.getMessage());
                }
            });
        }
    }
}
