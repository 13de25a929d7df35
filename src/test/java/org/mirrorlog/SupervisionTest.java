package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every actor of the product, and all work that a scheduler repeats, goes on after what it throws, or has its own word
 * here for what becomes of it. A new one is to be added to one or the other.
 */
class SupervisionTest {
    private static final Path SOURCES = Path.of("src/main/java/org/mirrorlog");
    private static final Pattern STARTS = Pattern.compile(
            "(?:systemActorOf|\\.spawn|spawnAnonymous|Entity\\.of|schedule(?:WithFixedDelay|AtFixedRate|Once))\\(");
    private static final Pattern ACTOR = Pattern.compile(
            "class (\\w+)[^{]*? extends (?:AbstractBehavior|EventSourcedBehavior|LastWriter|Abstract\\w*Actor\\w*)\\b");

    /** By file and what its statement contains: what happens when it throws. */
    private static final Map<String, String> BY_THEMSELVES = Map.of(
            "LogService systemActorOf(behavior, \"kernel-bridge\"", "KernelBridge.attempt: KernelBridgeTest",
            "LogService systemActorOf(Behaviors.<Void>setup(context -> { context.watch(bridge)",
            "hears of the end of the bridge, and ends",
            "StartWatch scheduleWithFixedDelay(watch::lookAndGoOn", "what it throws is told, and it looks again",
            "Watchdog scheduleWithFixedDelay(() -> watchdog.lookAndTell", "what it throws is told, and it looks again",
            "DeathService DeathRegister.create(", "ToldOnce, and starts again: DeathRegisterTest",
            "LogSharding LogOwner.create(", "Mishaps ends it, and the next one waits: MishapTest",
            "Roll Topic.create(", "Akka's own",
            "Retirements Retirer.props(", "fails its order, and ends: LastWriter.preRestart",
            "ClusterKeeper GoesOn.of(", "goes on");

    private static Stream<Path> sources() throws IOException {
        return Files.walk(SOURCES).filter(path -> path.toString().endsWith(".java")
                && !path.startsWith(SOURCES.resolve("emulator")));
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString().replace(".java", "");
    }

    @Test
    void shouldGoOnWhateverItThrows() throws IOException {
        List<String> unsupervised = new ArrayList<>();
        Set<String> known = new TreeSet<>();
        for (Path path : sources().toList()) {
            String text = read(path);
            Matcher start = STARTS.matcher(text);
            while (start.find()) {
                String statement = text.substring(start.start(), text.indexOf(";\n", start.start()))
                        .replaceAll("\\s+", " ");
                BY_THEMSELVES.keySet().stream().filter(key -> key.startsWith(nameOf(path) + " ")
                        && statement.contains(key.substring(key.indexOf(' ') + 1))).forEach(known::add);
                boolean isKnown = known.stream().anyMatch(key -> key.startsWith(nameOf(path) + " ")
                        && statement.contains(key.substring(key.indexOf(' ') + 1)));
                if (!isKnown && !statement.contains("GoesOn.of(") && !statement.contains("GoesOn.task(")) {
                    unsupervised.add(nameOf(path) + ": " + statement);
                }
            }
        }

        assertEquals(List.of(), unsupervised, "started without a word for what happens when it throws");
        assertEquals(new TreeSet<>(BY_THEMSELVES.keySet()), known, "what is named here is started somewhere");
    }

    @Test
    void shouldKnowEveryActorThatIsAClass() throws IOException {
        Set<String> actors = new TreeSet<>();
        sources().forEach(path -> {
            Matcher actor = ACTOR.matcher(read(path));
            while (actor.find()) {
                actors.add(actor.group(1));
            }
        });

        assertEquals(Set.of("ClusterKeeper", "DeathRegister", "Fencing", "KernelBridge", "LastWriter",
                        "LogOwner", "Refounder", "Retirer"),
                actors);
    }
}
