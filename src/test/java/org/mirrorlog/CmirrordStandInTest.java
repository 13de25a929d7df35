package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.Credentials;

/**
 * {@code deploy/lvm/cmirrord} as Pacemaker's {@code ocf:heartbeat:clvm} starts it, looks for it and ends it, with a
 * stand-in for {@code systemctl}, and in a process namespace of its own, where no other process has that name.
 */
@Timeout(120)
class CmirrordStandInTest {
    /** Keeps the state of the service in a file, and what it was asked for in another one. */
    private static final String SYSTEMCTL = """
            #!/bin/bash
            cd "$(dirname "$0")"
            echo "$*" >>asked
            case $1 in
              start) grep -qs refused state && exit 1; echo active >state ;;
              show) echo "ActiveState=$(cat state)" ;;
            esac
            """;
    /** By the agent's means: pgrep by name, and what the process was called with. SIGINT is ignored, as by nohup. */
    private static final String FUNCTIONS = """
            trap '' INT
            cd "$0"
            export PATH=$0:$PATH
            runs() { pid=$(pgrep -o '^cmirrord$') && grep -aqs cmirrord "/proc/$pid/cmdline"; }
            ends() { for _ in $(seq 300); do runs || return 0; sleep 0.1; done; return 1; }
            """;

    @TempDir
    private Path dir;

    @BeforeEach
    void install() throws IOException {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root: a namespace of its own");
        Files.copy(Path.of("deploy/lvm/cmirrord"), dir.resolve("cmirrord"));
        Path systemctl = Files.writeString(dir.resolve("systemctl"), SYSTEMCTL);
        Commands.run(List.of("chmod", "755", systemctl.toString()));
    }

    private String said(String script) throws IOException {
        Commands.Ended ended = Commands.tryRun(List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
                "bash", "-c", FUNCTIONS + script, dir.toString()));
        return ended.status() + ":" + ended.text().strip();
    }

    @Test
    void shouldBeFoundWhileTheServiceRunsAndEndWithoutItWhenAsked() throws Exception {
        assertEquals("0:started, found, ended, active", said("""
                runs && exit 1
                ./cmirrord || exit 2
                printf 'started'
                runs && printf ', found'
                kill -INT "$pid"
                ends && printf ', ended'
                printf ', %s' "$(cat state)"
                """));
    }

    @Test
    void shouldBeMissedOnceTheServiceHasStoppedAndNotWhileItIsStartedAnew() throws Exception {
        assertEquals("0:found, ended", said("""
                ./cmirrord || exit 2
                echo activating >state
                before=$(grep -c show asked)
                for _ in $(seq 300); do [ "$(grep -c show asked)" -gt $((before + 1)) ] && break; sleep 0.1; done
                runs && printf 'found'
                echo failed >state
                ends && printf ', ended'
                """));
    }

    @Test
    void shouldFailWhereTheServiceDoesNotStart() throws Exception {
        Files.writeString(dir.resolve("state"), "refused");

        assertEquals("0:cmirrord: mirrorlogd.service does not start; journalctl -u mirrorlogd says why\nfailed",
                said("./cmirrord || { runs || echo failed; }"));
    }
}
