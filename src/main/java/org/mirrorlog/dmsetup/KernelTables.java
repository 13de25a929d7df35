package org.mirrorlog.dmsetup;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which logs the tables of this machine's kernel name, by asking {@code dmsetup} (D17). Blocks the caller for a bounded
 * time; any thread but the receive thread and actors'.
 */
public final class KernelTables {
    /** How long one listing may take: dmsetup can wait on a device that is being suspended, or on its own binary. */
    public static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(KernelTables.class);
    /** Beyond that, for a program that was killed to be seen dead. */
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int MAX_OUTPUT_BYTES = 64 << 20;
    private static final int MOST_NAME_BYTES = 128;
    /**
     * {@code name: start length mirror userspace argument-count uuid ...}; a name may hold anything, colons included,
     * and a uuid blanks and ends of lines as well.
     */
    private static final Pattern HEAD = Pattern.compile("^(?:([^\\n]*): )?\\d+ \\d+ mirror userspace \\d+ ",
            Pattern.MULTILINE | Pattern.UNIX_LINES);
    /** What follows a uuid in the tables of our logs. */
    private static final Pattern TAIL = Pattern.compile("(?: integrated_flush)? clustered-(?:core|disk) ");
    private static final int LONGEST_TAIL_BYTES = 64;

    private final String dmsetup;
    private final Duration timeout;

    /** Asks the {@code dmsetup} found on the search path. */
    public KernelTables() {
        this("dmsetup", TIMEOUT);
    }

    KernelTables(String dmsetup, Duration timeout) {
        this.dmsetup = dmsetup;
        this.timeout = timeout;
    }

    /**
     * What the live and the inactive tables of mirrors say.
     *
     * @param output of dmsetup, one character per byte
     */
    public record Listing(String output) {
        /** The uuids of all logs that a table of a mirror with a userspace log names. */
        public Set<String> uuids() {
            return KernelTables.uuids(output);
        }

        /**
         * Whether a table may be of this log. Where the end of a uuid cannot be told, all that it may be counts: one
         * that is missed would be taken for destroyed while its kernel writes.
         */
        public boolean mayName(String logUuid) {
            return HEAD.matcher(output).results().anyMatch(head -> isNamedAt(output, head.end(), logUuid));
        }
    }

    /**
     * The live and the inactive tables of mirrors.
     *
     * @return empty if it cannot be known: no dmsetup, no device mapper, no answer in time. Never take that for "none".
     */
    public Optional<Listing> list() {
        Optional<String> live = run(List.of(dmsetup, "table", "--target", "mirror"));
        if (live.isEmpty()) {
            return Optional.empty();
        }
        return run(List.of(dmsetup, "table", "--inactive", "--target", "mirror"))
                .map(inactive -> new Listing(live.get() + "\n" + inactive));
    }

    /**
     * The name of the mapped device whose live table names this log, as the device mapper writes it; empty if there is
     * none or it cannot be known.
     */
    public Optional<String> deviceOf(String logUuid) {
        return run(List.of(dmsetup, "table", "--target", "mirror")).flatMap(output -> device(output, logUuid));
    }

    /** Whether that mapped device is known to be suspended: what reads from it waits for a resume. */
    boolean isSuspended(String name) {
        return run(List.of(dmsetup, "info", "-c", "--noheadings", "-o", "suspended", "--", name))
                .filter(said -> said.strip().equals("Suspended")).isPresent();
    }

    static Optional<String> device(String output, String logUuid) {
        return HEAD.matcher(output).results()
                .filter(head -> head.group(1) != null && isNamedAt(output, head.end(), logUuid))
                .map(head -> head.group(1)).findFirst();
    }

    private static boolean isNamedAt(String output, int at, String logUuid) {
        int end = at + logUuid.length();
        return output.startsWith(logUuid, at)
                && (end == output.length() || Character.isWhitespace(output.charAt(end)));
    }

    /** The uuids in dmsetup's output; other targets and logs are skipped. */
    static Set<String> uuids(String output) {
        return HEAD.matcher(output).results().map(head -> uuidAt(output, head.end())).collect(Collectors.toSet());
    }

    private static String uuidAt(String output, int start) {
        Matcher tail = TAIL.matcher(output)
                .region(start + 1, Math.min(output.length(), start + MOST_NAME_BYTES + LONGEST_TAIL_BYTES));
        if (start < output.length() && tail.find() && tail.start() - start <= MOST_NAME_BYTES) {
            return output.substring(start, tail.start());
        }
        return output.substring(start).split("\\s", 2)[0];
    }

    /** The output of a successful command. Even its start may hang: that is not waited for either. */
    private Optional<String> run(List<String> command) {
        try {
            return Optional.of(BoundedCommand.output(command, timeout, MAX_OUTPUT_BYTES).toCompletableFuture()
                    .get(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            LOG.warn("{} does not even start: the kernel's tables stay unknown", String.join(" ", command));
        } catch (ExecutionException e) {
            LOG.info("the kernel's tables are unknown: {}", e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }
}
