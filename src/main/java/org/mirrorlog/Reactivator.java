package org.mirrorlog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suspends and resumes mirrors (D22) and wakes idle ones (protocol 8.3), by {@code dmsetup} or by the operator's
 * command.
 *
 * <p>The work is done by a shell of its own, which ignores signals and goes on when the daemon dies; beside it a second
 * one waits and resumes if the first is killed. A mirror that has an inactive table loaded, or is suspended already, is
 * left alone: its resume would do more than end our suspend. Thread-safe; nothing blocks.
 */
final class Reactivator {
    private static final Logger LOG = LoggerFactory.getLogger(Reactivator.class);
    /** A suspend that takes longer is given up; the mirror is resumed. */
    private static final int SUSPEND_LIMIT_S = 20;
    private static final Duration LIMIT = Duration.ofSeconds(2 * SUSPEND_LIMIT_S);
    private static final Duration WAKE_LIMIT = Duration.ofSeconds(20);
    private static final long PAUSE_AFTER_FAILURE_MS = 5_000;
    private static final int MOST_AT_A_TIME = 16;

    /** $1: seconds; $2: log uuid. */
    private static final String BY_DMSETUP = """
            trap '' HUP INT TERM PIPE
            name=$(dmsetup table --target mirror | awk -v uuid="$2" '
              { for (i = 1; i < NF - 2; i++) if ($i == "mirror" && $(i + 1) == "userspace" && $(i + 3) == uuid) {
                  sub(/: [0-9]+ [0-9]+ mirror userspace .*/, ""); print; exit } }')
            [ -n "$name" ] || { echo "no mirror uses log $2"; exit 3; }
            look() { dmsetup info -c --noheadings -o "$1" -- "$name"; }
            [ "$(look tables_loaded)" = Live ] || { echo "mirror $name has an inactive table loaded"; exit 3; }
            [ "$(look suspended)" = Active ] || { echo "mirror $name is suspended already"; exit 3; }
            ( sleep $(($1 + 5)); [ "$(look suspended)" = Active ] || dmsetup resume -- "$name" ) </dev/null >/dev/null 2>&1 &
            guard=$!
            timeout -s KILL "$1" dmsetup suspend --nolockfs -- "$name"; suspended=$?
            dmsetup resume -- "$name"; resumed=$?
            [ $resumed = 0 ] && kill -KILL $guard
            [ $suspended = 0 ] && [ $resumed = 0 ]
            """;

    /** $1: seconds; $2: log uuid; then the command. Status 3 of its suspend: refused, nothing was touched. */
    private static final String BY_COMMAND = """
            trap '' HUP INT TERM PIPE
            limit=$1; uuid=$2; shift 2
            ( sleep $((limit + 5)); "$@" resume "$uuid" ) </dev/null >/dev/null 2>&1 &
            guard=$!
            timeout -s KILL "$limit" "$@" suspend "$uuid"; suspended=$?
            [ $suspended = 3 ] && { kill -KILL $guard; exit 3; }
            "$@" resume "$uuid"; resumed=$?
            [ $resumed = 0 ] && kill -KILL $guard
            [ $suspended = 0 ] && [ $resumed = 0 ]
            """;

    private final Map<String, String> environment;
    private final List<String> tablesCommand;
    private final LongSupplier clockMs;
    /** Log uuid to when it may be tried again; Long.MAX_VALUE while it is under way. */
    private final Map<String, Long> notBefore = new ConcurrentHashMap<>();
    private final Map<String, CompletionStage<Void>> waking = new ConcurrentHashMap<>();

    /**
     * @param node name of this machine, told to the command
     * @param tablesCommand of the operator; empty: dmsetup
     */
    Reactivator(String node, List<String> tablesCommand, LongSupplier clockMs) {
        this(Map.of("MIRRORLOG_NODE", node), tablesCommand, clockMs);
    }

    Reactivator(Map<String, String> environment, List<String> tablesCommand, LongSupplier clockMs) {
        this.environment = Map.copyOf(environment);
        this.tablesCommand = List.copyOf(tablesCommand);
        this.clockMs = clockMs;
    }

    /** Suspends and resumes the mirror that uses this log, unless that is under way or has failed just now. */
    void reactivate(String uuid) {
        long now = clockMs.getAsLong();
        notBefore.values().removeIf(time -> time <= now);
        if (notBefore.size() >= MOST_AT_A_TIME || notBefore.putIfAbsent(uuid, Long.MAX_VALUE) != null) {
            return;
        }
        LOG.info("log {}: its mirror is suspended and resumed", uuid);
        BoundedCommand.run(line(uuid), environment, LIMIT, true).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn("log {}: its mirror was not suspended and resumed: {}", uuid, failure.getMessage());
            }
            notBefore.put(uuid, clockMs.getAsLong() + (failure == null ? 0 : PAUSE_AFTER_FAILURE_MS));
        });
    }

    boolean isAtWork(String uuid) {
        return notBefore.getOrDefault(uuid, 0L) == Long.MAX_VALUE;
    }

    private List<String> line(String uuid) {
        List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", tablesCommand.isEmpty() ? BY_DMSETUP : BY_COMMAND,
                "mirrorlog-reactivate", Integer.toString(SUSPEND_LIMIT_S), uuid));
        line.addAll(tablesCommand);
        return line;
    }

    /** Wakes the mirror by the operator's command, if there is one and it is not at work for this mirror. */
    void wake(String uuid) {
        if (tablesCommand.isEmpty() || waking.size() >= MOST_AT_A_TIME) {
            return;
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        if (waking.putIfAbsent(uuid, mine) == null) {
            List<String> line = new ArrayList<>(tablesCommand);
            line.addAll(List.of("kick", uuid));
            BoundedCommand.run(line, environment, WAKE_LIMIT, false).whenComplete((done, failure) -> {
                waking.remove(uuid, mine);
                if (failure != null) {
                    LOG.warn("log {}: its mirror could not be woken: {}", uuid, failure.getMessage());
                }
            });
        }
    }
}
