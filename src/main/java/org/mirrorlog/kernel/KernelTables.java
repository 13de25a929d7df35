package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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

    /**
     * The output of a successful command; everything happens on a thread that can be left behind, the start included.
     */
    private Optional<String> run(List<String> command) {
        CompletableFuture<Optional<String>> result = new CompletableFuture<>();
        AtomicReference<Process> started = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(output(command, started, result::isDone));
            } catch (IOException | InterruptedException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        }, "mirrorlog-dmsetup");
        thread.setDaemon(true);
        thread.start();
        try {
            return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("{} gave no answer within {} ms: the kernel's tables stay unknown", String.join(" ", command),
                    timeout.toMillis());
        } catch (ExecutionException e) {
            LOG.info("the kernel's tables are unknown: {}", e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Either the starter finds that it is too late, or we find what it has started.
        result.complete(Optional.empty());
        Process process = started.get();
        if (process != null) {
            process.destroyForcibly();
        }
        return Optional.empty();
    }

    private static Optional<String> output(List<String> command, AtomicReference<Process> started,
            BooleanSupplier isTooLate)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        started.set(process);
        if (isTooLate.getAsBoolean()) {
            process.destroyForcibly();
        }
        process.getOutputStream().close();
        byte[] bytes = process.getInputStream().readNBytes(MAX_OUTPUT_BYTES);
        int status = process.waitFor();
        // ISO 8859-1, one character per byte, as everywhere uuids are read.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (status != 0) {
            LOG.info("{} failed with status {}: {}", String.join(" ", command), status,
                    text.lines().findFirst().orElse("no message"));
            return Optional.empty();
        }
        return Optional.of(text);
    }
}
