package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs in deploy/fencing, with stand-ins for what they call: "off" is what was seen, and nothing else. */
@Timeout(120)
class FencingProgramsTest {
    private static final Path PROGRAMS = Path.of("deploy/fencing").toAbsolutePath();

    @TempDir
    private Path dir;
    private Path nodes;

    private record Ran(int status, String said) { }

    @BeforeEach
    void nodes() throws IOException {
        Path password = Files.writeString(dir.resolve("password"), "secret\n");
        nodes = Files.writeString(dir.resolve("nodes"), """
                # what the machines are called elsewhere
                b  10.0.0.2 admin %1$s
                c  10.0.0.3 admin %1$s
                twice 10.0.0.4 admin %1$s
                twice 10.0.0.5 admin %1$s
                short 10.0.0.6 admin
                vm i-0123abc
                """.formatted(password));
    }

    /** A program of this name, which notes its arguments first. */
    private void standIn(String name, String script) throws IOException {
        Path program = Files.writeString(dir.resolve(name),
                "#!/bin/sh\necho \"$*\" >> " + dir.resolve("calls") + "\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private List<String> calls() throws IOException {
        return Files.exists(dir.resolve("calls")) ? Files.readAllLines(dir.resolve("calls")) : List.of();
    }

    private Ran run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(PROGRAMS.resolve(program).toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("PATH", dir + ":" + System.getenv("PATH"));
        builder.environment().put("MIRRORLOG_FENCE_SECONDS", "2");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), said);
    }

    @Test
    void d16ShouldSayOffOnceTheControllerShowsIt() throws Exception {
        standIn("ipmitool", "case \"$*\" in *status) [ $(grep -c status " + dir.resolve("calls")
                + ") -ge 2 ] && echo Chassis Power is off || echo Chassis Power is on;; esac");

        assertEquals(0, run("ipmi", nodes.toString(), "b").status());

        String asked = "-I lanplus -H 10.0.0.2 -U admin -f " + dir.resolve("password") + " chassis power ";
        assertEquals(List.of(asked + "off", asked + "status", asked + "off", asked + "status"), calls());
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo Chassis Power is on", "exit 1", "echo Chassis Power is off; exit 1 # unsure",
            "echo Unable to establish a session; exit 1"})
    void d16ShouldNotSayOffOfWhatIsNotSeenOff(String status) throws Exception {
        standIn("ipmitool", "case \"$*\" in *status) " + status.replace(" # unsure", "") + ";; esac");

        Ran ran = run("ipmi", nodes.toString(), "b");

        assertEquals(1, ran.status(), ran.said());
        assertTrue(ran.said().contains("not seen to be off"), ran.said());
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "twice", "short", "B", "."})
    void shouldFenceNobodyWhereItIsNotClearWho(String node) throws Exception {
        standIn("ipmitool", "echo Chassis Power is off");

        Ran ran = run("ipmi", nodes.toString(), node);

        assertEquals(1, ran.status(), ran.said());
        assertTrue(ran.said().contains(" node " + node), ran.said());
        assertEquals(List.of(), calls());
    }

    private void sbd(String message) throws IOException {
        standIn("sbd", """
                case "$3" in
                  list) printf '0\\ta\\tclear\\t\\n1\\tb\\tclear\\t\\n' ;;
                  dump) printf 'Timeout (watchdog) : 5\\nTimeout (msgwait)  : 1\\n' ;;
                  message) %s ;;
                esac""".formatted(message));
    }

    @Test
    void d16ShouldWaitAsLongAsAMessageMayTake() throws Exception {
        sbd("exit 0");
        long beganNs = System.nanoTime();

        assertEquals(0, run("sbd", "/dev/shared", "b").status());

        assertTrue(System.nanoTime() - beganNs >= 1_000_000_000L);
        assertEquals(List.of("-d /dev/shared list", "-d /dev/shared dump", "-d /dev/shared message b off"), calls());
    }

    @Test
    void d16ShouldNotSayOffWhereNobodyCanReadTheMessage() throws Exception {
        sbd("exit 1");
        assertEquals(1, run("sbd", "/dev/shared", "b").status());
        assertTrue(run("sbd", "/dev/shared", "c").said().contains("node c has no slot"));
        standIn("sbd", "case \"$3\" in list) printf '0\\tb\\tclear\\n';; esac");
        assertTrue(run("sbd", "/dev/shared", "b").said().contains("msgwait"));
        standIn("sbd", "exit 1");
        assertEquals(1, run("sbd", "/dev/shared", "b").status());
    }

    @Test
    void d16ShouldSayOffOfAVirtualMachineThatIsSeenStopped() throws Exception {
        standIn("aws", "case \"$*\" in *describe*) [ $(grep -c describe " + dir.resolve("calls")
                + ") -ge 2 ] && echo stopped || echo stopping;; esac");
        assertEquals(0, run("ec2", nodes.toString(), "vm").status());
        assertTrue(calls().get(0).equals("ec2 stop-instances --force --instance-ids i-0123abc"), calls().toString());

        standIn("aws", "echo running");
        assertEquals(1, run("ec2", nodes.toString(), "vm").status());
        standIn("aws", "exit 255");
        assertEquals(1, run("ec2", nodes.toString(), "vm").status());
        assertEquals(1, run("ec2", nodes.toString(), "b").status(), "its line is of another kind");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipmi", "sbd", "ec2"})
    void shouldExplainItselfAndDoNothingElse(String program) throws Exception {
        Ran help = run(program, "--help");
        assertEquals(0, help.status());
        assertTrue(help.said().contains("mirrorlog.fence-command.line = [\"/usr/share/mirrorlogd/deploy/fencing/"
                + program), help.said());
        assertEquals(2, run(program, "one").status());
        assertEquals(2, run(program).status());
    }
}
