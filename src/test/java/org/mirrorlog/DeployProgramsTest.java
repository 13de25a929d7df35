package org.mirrorlog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs in deploy/ as somebody has installed them, in a directory with blanks, without sources, called through a
 * link from elsewhere in an environment of the worst sort.
 */
@Tag("slow")
@Timeout(180)
class DeployProgramsTest {
    /** Each of them has led these programs, or programs like them, astray. */
    private static final Map<String, String> HOSTILE = Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC",
            "_JAVA_OPTIONS", "-Xmx1m", "JDK_JAVA_OPTIONS", "-Dmirrorlog.log-level=NONSENSE", "MAVEN_OPTS", "-nonsense",
            "CDPATH", "/:/tmp:/usr", "LC_ALL", "de_XX.broken", "TMPDIR", "/nonexistent", "BASH_ENV", "/nonexistent");

    @TempDir
    private Path directory;

    private Path place;

    @BeforeEach
    void install() throws IOException {
        assumeTrue(Files.exists(Path.of("target/mirrorlogd.jar")), "not packaged yet");
        place = directory.resolve("a place ü");
        for (String name : new String[] {"deploy", "target/lib"}) {
            Files.createDirectories(place.resolve(name));
            try (Stream<Path> files = Files.list(Path.of(name))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, place.resolve(name).resolve(file.getFileName()));
                }
            }
        }
        Files.copy(Path.of("target/mirrorlogd.jar"), place.resolve("target/mirrorlogd.jar"));
        for (String program : List.of("run", "mirrorlogctl", "test", "bench")) {
            Files.createSymbolicLink(directory.resolve(program), place.resolve("deploy").resolve(program));
        }
    }

    private ProcessBuilder hostile(String before, String... words) {
        List<String> line = new ArrayList<>(List.of("bash", "-c", before + "umask 077; exec \"$0\" \"$@\""));
        line.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().remove("HOME");
        builder.environment().remove("JAVA_HOME");
        builder.environment().putAll(HOSTILE);
        return builder;
    }

    private static String said(int status, ProcessBuilder builder) throws Exception {
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(status, process.waitFor(), said);
        return said.lines().filter(line -> !line.startsWith("bash: warning: setlocale")).toList().toString();
    }

    @Test
    void shouldDoTheirWorkInAnyEnvironment() throws Exception {
        assertEquals("[settings are sound]", said(0, hostile("", "./run", "--installed", "check-config",
                "-Dmirrorlog.data-dir=" + directory.resolve("a data dir ü"))));
        assertTrue(said(0, hostile("", "./mirrorlogctl", "--help")).startsWith("[Usage: mirrorlogctl"));
    }

    @Test
    void shouldMeasureInAnyEnvironment() throws Exception {
        String measured = said(0, hostile("", "./bench", "--seconds", "1", "--only", "reads", "--logs", "1",
                "--regions", "64"));
        assertTrue(measured.contains("reads"), measured);
    }

    @Test
    void shouldSayWhichBuildItIs() throws Exception {
        String said = said(0, hostile("", "./run", "--installed", "--version"));

        assertTrue(said.matches("\\[mirrorlogd [0-9]+\\.[0-9]+\\.[0-9]+.*]"), said);
    }

    @Test
    void shouldExplainThemselvesAndDoNothingElse() throws Exception {
        Path bare = Files.createDirectories(directory.resolve("bare/deploy"));
        List<Path> programs;
        try (Stream<Path> files = Files.list(place.resolve("deploy"))) {
            for (Path file : files.toList()) {
                Files.copy(file, bare.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        try (Stream<Path> files = Files.list(Path.of("deploy"))) {
            // mirrorlogctl explains itself by the program that is not there.
            programs = files.filter(Files::isRegularFile).filter(Files::isExecutable).map(Path::getFileName)
                    .filter(name -> !name.toString().equals("mirrorlogctl")).sorted().toList();
        }
        assertTrue(programs.size() >= 7, programs.toString());
        List<Path> before = tree(bare.getParent());
        for (Path program : programs) {
            for (String option : List.of("-h", "--help")) {
                String said = said(0, hostile("", "bare/deploy/" + program, option));

                assertTrue(said.length() > 100 && said.contains(program.toString()), program + ": " + said);
            }
        }
        assertEquals(before, tree(bare.getParent()));
    }

    private static List<Path> tree(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.sorted().toList();
        }
    }

    @Test
    void shouldSayInOneLineWhichLimitIsTooLow() throws Exception {
        assertEquals("[run: open files are limited to 64 (ulimit -n, LimitNOFILE=); 512 are needed]",
                said(1, hostile("ulimit -n 64; ", "./run", "--installed", "check-config")));
    }

    /** Stands for Maven: tells what it was given, and puts there what was built before. */
    private static final String MAVEN = """
            #!/bin/bash
            {
              echo "$PWD $(umask) $LC_ALL [$*]"
              env | grep -E '^(JAVA_TOOL|_JAVA|JDK_JAVA)_OPTIONS=|^(MAVEN_OPTS|MAVEN_ARGS|CDPATH|BASH_ENV|TMPDIR)='
              [ -x "$JAVA_HOME/bin/javac" ] || echo no JDK
            } >> '%1$s/called'
            for word; do
              case $word in
                -Dmirrorlog.build=*) mkdir -p "${word#*=}"; cp -r '%2$s/mirrorlogd.jar' '%2$s/lib' "${word#*=}/" ;;
              esac
            done
            echo 'Tests run: 7, Failures: 0, Errors: 0, Skipped: 1'
            """;

    private Path programs() throws IOException {
        Path programs = Files.createDirectories(directory.resolve("programs"));
        Files.writeString(programs.resolve("mvn"), MAVEN.formatted(directory, Path.of("target").toAbsolutePath()));
        Files.writeString(programs.resolve("apt-get"), "#!/bin/sh\nexit 1\n");
        for (String program : List.of("mvn", "apt-get")) {
            Files.setPosixFilePermissions(programs.resolve(program), PosixFilePermissions.fromString("rwx------"));
        }
        return programs;
    }

    /** Those that build: all but Maven's own work, which has an environment of its own then. */
    @Test
    void shouldBuildAndTestInAnyEnvironment() throws Exception {
        Files.createDirectories(place.resolve("src/main"));
        Files.copy(Path.of("pom.xml"), place.resolve("pom.xml"));
        Files.delete(place.resolve("target/mirrorlogd.jar"));
        String path = programs() + ":" + System.getenv("PATH");

        ProcessBuilder run = hostile("", "./run", "check-config",
                "-Dmirrorlog.data-dir=" + directory.resolve("data ü"));
        run.environment().put("PATH", path);
        String built = said(0, run);
        ProcessBuilder test = hostile("", "./test", "-Dany=any thing");
        test.environment().put("PATH", path);
        String tested = said(0, test);

        assertTrue(built.endsWith("settings are sound]"), built);
        assertTrue(tested.contains("28 tests in all, 0 failed, 4 skipped]"), tested);
        List<String> called = Files.readAllLines(directory.resolve("called"));
        assertEquals(5, called.size(), called::toString);
        for (String call : called) {
            assertTrue(call.startsWith(place + " 0022 C.UTF-8 [-B "), "where, with which rights and language: " + call);
        }
        assertTrue(called.get(1).endsWith(" package -Dtests.forks=2 -Dany=any thing]"), called.get(1));
        assertTrue(Files.getPosixFilePermissions(place.resolve("target/mirrorlogd.jar"))
                .contains(PosixFilePermission.OTHERS_READ), "what was built is for all");
    }

    /** A library is unpacked and loaded; a directory for temporary files may forbid that. */
    @Test
    void shouldLoadItsLibraryWhereThatIsAllowedOrSayInOneLineThatItIsNot() throws Exception {
        Path forbidding = Files.createDirectories(directory.resolve("noexec"));
        assumeTrue(Commands.tryRun(List.of("unshare", "-m", "true")).status() == 0, "needs root");
        String mount = "mount -t tmpfs -o noexec tmpfs '" + forbidding + "' && ";
        String[] daemon = {place + "/deploy/run", "--installed", "-Dmirrorlog.data-dir=" + directory.resolve("data"),
            "-Dmirrorlog.kernel.connector=unix", "-Dmirrorlog.kernel.unix-path=/proc/nowhere/kernel"};
        for (String where : List.of("true", "export CACHE_DIRECTORY='" + forbidding + "'; cd '" + forbidding + "'")) {
            List<String> words = new ArrayList<>(List.of("unshare", "-m", "bash", "-c", mount + where
                    + " && exec \"$0\" \"$@\""));
            words.addAll(List.of(daemon));
            ProcessBuilder builder = hostile("", words.toArray(new String[0]));
            builder.environment().put("TMPDIR", forbidding.toString());

            String said = said(1, builder);

            boolean isLoaded = where.equals("true");
            assertTrue(isLoaded ? said.contains("mirrorlogd: cannot start: ") && said.contains("/proc/nowhere")
                    : said.startsWith("[mirrorlogd: cannot start: ")
                            && said.contains(" nor " + forbidding + " allows that (mounted noexec"), said);
        }
    }

    /** Anybody may make names in /tmp: a link there would have copies made, and others removed, where it points at. */
    @Test
    void shouldNotFollowALinkThatSomebodyElseMayHaveLaid() throws Exception {
        Path victim = Files.createDirectories(directory.resolve("victim/some-thing")).getParent();
        int uid = (Integer) Files.getAttribute(directory, "unix:uid");
        Files.createSymbolicLink(directory.resolve("mirrorlogd-" + uid), victim);
        ProcessBuilder builder = hostile("", "./run", "--installed", "check-config");
        builder.environment().put("TMPDIR", directory.toString());
        builder.environment().put("CACHE_DIRECTORY", "/proc/nowhere");

        assertEquals("[run: " + directory + "/mirrorlogd-" + uid + " is not ours]", said(1, builder));
        assertTrue(Files.exists(victim.resolve("some-thing")));
    }

    @Test
    void shouldSayInOneLineThatNothingIsInstalled() throws Exception {
        Path empty = Files.createDirectories(directory.resolve("empty/deploy"));
        for (String program : List.of("lib.sh", "mirrorlogctl")) {
            Files.copy(Path.of("deploy", program), empty.resolve(program));
        }

        assertTrue(said(1, hostile("", "empty/deploy/mirrorlogctl", "status"))
                .startsWith("[mirrorlogctl: there is no "));
    }

    /** A JVM reads classes for as long as it runs, the first time that it needs them. */
    @Test
    void shouldServeOnWhileTheProgramIsWrittenOver() throws Exception {
        int port = FreePorts.take();
        Path log = directory.resolve("log");
        Process process = hostile("", "./run", "--installed", "-Dmirrorlog.data-dir=" + directory.resolve("data"),
                "-Dmirrorlog.kernel.connector=unix", "-Dmirrorlog.kernel.unix-path=" + directory.resolve("kernel"),
                "-Dmirrorlog.memory.lock=false", "-Dakka.management.http.port=" + port)
                .redirectOutput(log.toFile()).start();
        try {
            await("ready").atMost(90, TimeUnit.SECONDS).until(() -> Files.readString(log).contains("ready: node")
                    || !process.isAlive());
            assertTrue(process.isAlive(), Files.readString(log));

            try (Stream<Path> files = Files.walk(place.resolve("target"), 2)) {
                for (Path jar : files.filter(file -> file.toString().endsWith(".jar")
                        && !file.toString().contains("running")).toList()) {
                    Files.write(jar, new byte[] {1, 2, 3}); // as cp does: the same file with other bytes
                }
            }
            for (String page : List.of("/mirrorlog/deaths", "/mirrorlog/nodes/x", "/cluster/members",
                    "/mirrorlog/logs", "/mirrorlog/counters")) {
                HttpResponse<String> answer = HttpClient.newHttpClient().send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + page)).build(),
                        HttpResponse.BodyHandlers.ofString());
                assertTrue(answer.statusCode() == 200 || answer.statusCode() == 404, page + ": " + answer.body());
            }
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it stops in order");
            assertEquals(0, process.exitValue(), Files.readString(log));
        } finally {
            process.destroyForcibly();
        }
    }
}
