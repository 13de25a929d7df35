package org.mirrorlog.cli;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * What one daemon shows, in one file to hand on, and the kernel's tables of mirrors. Nothing else is read, so it holds
 * no data, and no keys: the daemon itself keeps secrets out of the settings that it tells.
 */
@Command(name = "support-bundle", description = "Writes what this daemon shows of itself (health, events, nodes, logs,"
        + " waiting requests, metrics, settings without secrets, its last log lines, threads, journal) and the kernel's"
        + " tables of mirrors into one archive. No keys and no data are in it.")
final class SupportBundleCommand implements Callable<Integer> {
    private static final String FOLDER = "mirrorlog-support/";
    private static final int MOST_BYTES = 16 << 20;
    private static final String CUT = "\n(cut here)\n";

    /** By the names that they get, the pages. */
    private static final Map<String, String> PAGES = pages();

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(arity = "0..1", paramLabel = "FILE", defaultValue = "mirrorlog-support.tar.gz",
            description = "the archive; must not exist yet (${DEFAULT-VALUE})")
    private Path file;

    @Spec
    private CommandSpec spec;

    /** Those for operators only. */
    private static final Map<String, String> INSIDE = Map.of("config.json", "/mirrorlog/inside/config",
            "log.json", "/mirrorlog/inside/log", "threads.json", "/mirrorlog/inside/threads",
            "journal.json", "/mirrorlog/inside/journal", "version.json", "/mirrorlog/inside/version");
    /** dmsetup shows no keys unless it is asked to. */
    private static final Map<String, List<String>> PROGRAMS = Map.of(
            "dmsetup-table.txt", List.of("dmsetup", "table", "--target", "mirror"),
            "dmsetup-status.txt", List.of("dmsetup", "status", "--target", "mirror"));
    private static final int MOST_SECONDS = 10;

    private static Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("health.json", "/mirrorlog/health");
        pages.put("events.json", "/mirrorlog/events?last=1000");
        pages.put("nodes.json", "/mirrorlog/nodes");
        pages.put("logs.json", "/mirrorlog/logs");
        pages.put("requests.json", "/mirrorlog/requests");
        pages.put("deaths.json", "/mirrorlog/deaths");
        pages.put("counters.json", "/mirrorlog/counters");
        pages.put("metrics.txt", "/metrics");
        return pages;
    }

    @Override
    public Integer call() {
        Map<String, DaemonClient.Answer> answers = new LinkedHashMap<>();
        DaemonClient client = main.client();
        // Where no daemon answers there is no file either.
        PAGES.forEach((name, path) -> answers.put(name, client.look(path)));
        new TreeMap<>(INSIDE).forEach((name, path) -> answers.put(name, inside(client, path)));
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailedException(Exit.FAILED, file + " exists, and is left as it is; name another file");
        } catch (IOException e) {
            throw new CommandFailedException(Exit.FAILED, file + " cannot be written: " + e);
        }
        try {
            write(answers);
        } catch (IOException e) {
            throw new CommandFailedException(Exit.FAILED, file + " is incomplete: " + e);
        }
        spec.commandLine().getOut().println("written to " + file + "; nodes, logs and devices are named in it");
        boolean isWhole = answers.values().stream().allMatch(answer -> answer.status() == 200);
        return isWhole ? Exit.OK : Exit.DEGRADED;
    }

    /** Who may not see it gets the rest. */
    private static DaemonClient.Answer inside(DaemonClient client, String path) {
        try {
            return client.lookInside(path);
        } catch (CommandFailedException e) {
            return new DaemonClient.Answer(0, e.getMessage(), null);
        }
    }

    private static String said(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).start();
            process.onExit().orTimeout(MOST_SECONDS, TimeUnit.SECONDS).whenComplete((done, late) -> {
                if (late != null) {
                    process.destroyForcibly();
                }
            });
            return new String(process.getInputStream().readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(" + e.getMessage() + ")\n";
        }
    }

    private void write(Map<String, DaemonClient.Answer> answers) throws IOException {
        long time = Files.getLastModifiedTime(file).to(TimeUnit.SECONDS);
        try (OutputStream out = Files.newOutputStream(file);
                TarFile tar = new TarFile(new GZIPOutputStream(out), time)) {
            StringBuilder contents = new StringBuilder();
            answers.forEach((name, answer) -> contents.append(name).append(": ")
                    .append(PAGES.getOrDefault(name, INSIDE.get(name))).append(answer.status() == 0
                            ? ", not told: " + answer.text() : ", HTTP status " + answer.status()).append('\n'));
            PROGRAMS.forEach((name, command) -> contents.append(name).append(": ").append(String.join(" ", command))
                    .append('\n'));
            tar.add(FOLDER + "contents.txt", contents.toString().getBytes(StandardCharsets.UTF_8));
            for (Map.Entry<String, DaemonClient.Answer> one : answers.entrySet()) {
                tar.add(FOLDER + one.getKey(), bounded(one.getValue().text().getBytes(StandardCharsets.UTF_8)));
            }
            for (Map.Entry<String, List<String>> one : new TreeMap<>(PROGRAMS).entrySet()) {
                tar.add(FOLDER + one.getKey(), said(one.getValue()).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static byte[] bounded(byte[] content) {
        if (content.length <= MOST_BYTES) {
            return content;
        }
        byte[] end = CUT.getBytes(StandardCharsets.US_ASCII);
        byte[] cut = Arrays.copyOf(content, MOST_BYTES);
        System.arraycopy(end, 0, cut, MOST_BYTES - end.length, end.length);
        return cut;
    }
}
