package org.mirrorlog.kernelguest;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Processes of this machine. Each one started here is ended with this JVM at the latest. */
final class Shell {
    private static final long EXIT_LIMIT_S = 10;

    private Shell() {
    }

    /** What a command that ran to its end has said. */
    record Result(int status, String out, String err) {
        /** Standard output without the last line feed; IllegalStateException if the command failed. */
        String orFail(List<String> command) {
            if (status != 0) {
                throw new IllegalStateException(command + " exited with " + status + ": " + err.strip());
            }
            return out.strip();
        }
    }

    /** Runs a short command to its end; IllegalStateException with its error output if it fails. */
    static String run(String... command) {
        return runAnyhow(command).orFail(Arrays.asList(command));
    }

    /** Runs a command to its end, whatever it exits with. */
    static Result runAnyhow(String... command) {
        try {
            File err = File.createTempFile("shell", ".err");
            try {
                Process process = new ProcessBuilder(command).redirectError(err).start();
                process.getOutputStream().close();
                String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                int status = process.waitFor();
                return new Result(status, out, Files.readString(err.toPath()));
            } finally {
                Files.deleteIfExists(err.toPath());
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot run " + command[0], e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + command[0], e);
        }
    }

    /** Starts a process whose output is appended to {@code log}. */
    static Process start(Path log, List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
            Thread hook = new Thread(process::destroyForcibly);
            Runtime.getRuntime().addShutdownHook(hook);
            process.onExit().thenRun(() -> forget(hook));
            return process;
        } catch (IOException e) {
            throw new IllegalStateException("cannot start " + command.get(0), e);
        }
    }

    /** Shows a log on this JVM's standard error for as long as {@code writer} lives. */
    static void follow(Path log, Process writer) {
        try {
            new ProcessBuilder("bash", "-c", "exec tail -n +1 -F --pid=" + writer.pid() + " '" + log + "' >&2")
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new IllegalStateException("cannot follow " + log, e);
        }
    }

    /** Kills these processes and their children with one {@code kill -9}, and waits for their end. */
    static void killAtOneMoment(Process... processes) {
        signal("-9", processes).forEach(Shell::awaitExit);
    }

    /** Stops these processes and their children, to be killed; what they have asked the system to do is still done. */
    static void freezeAtOneMoment(Process... processes) {
        signal("-STOP", processes);
    }

    private static List<ProcessHandle> signal(String signal, Process... processes) {
        List<ProcessHandle> all = Stream.of(processes).map(Process::toHandle)
                .flatMap(p -> Stream.concat(Stream.of(p), p.descendants()))
                .filter(ProcessHandle::isAlive).collect(Collectors.toList());
        if (!all.isEmpty()) {
            List<String> command = new ArrayList<>(List.of("kill", signal));
            all.forEach(p -> command.add(Long.toString(p.pid())));
            run(command.toArray(String[]::new));
        }
        return all;
    }

    private static void awaitExit(ProcessHandle process) {
        try {
            process.onExit().get(EXIT_LIMIT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while process " + process.pid() + " ends", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("process " + process.pid() + " does not end", e);
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is about to run and finds a process that has ended: nothing to do.
            hook.interrupt();
        }
    }
}
