package org.mirrorlog;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The house rules: which room may import which, who may know Akka, native calls and the time, how large files may grow.
 */
class HouseTest {
    private static final String BASE = HouseTest.class.getPackageName();
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path TESTS = Path.of("src/test/java");
    private static final int MAX_LINES = 350;
    /** Files that are longer, each with its own bound, which only ever falls. */
    private static final Map<String, Integer> LONGER =
            Map.of("OwnerCore.java", 420, "Instances.java", 420, "LogInstance.java", 383);
    private static final int MAX_COLUMNS = 120;
    private static final String TEXT_BLOCK = "\"\"\"";

    /** Room to rooms that it may import. A room that is missing here fails the test: decide its arrows first. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            entry("protocol", Set.of()),
            entry("posix", Set.of()),
            entry("logging", Set.of()),
            entry("dmsetup", Set.of("logging")),
            entry("kernel", Set.of("protocol", "instance", "posix", "logging")),
            entry("instance", Set.of("protocol", "log")),
            entry("log", Set.of()),
            entry("owner", Set.of("log", "device")),
            entry("journal", Set.of()),
            entry("device", Set.of("posix")),
            entry("cluster", Set.of("owner", "instance", "logging")),
            entry("settings", Set.of("cluster", "owner")),
            entry("process", Set.of("settings", "posix")),
            entry("door", Set.of("posix")),
            entry("daemon", Set.of("operations", "membership", "fencing", "process", "settings", "cluster", "kernel",
                    "owner", "instance", "log", "journal", "device", "management", "door", "health", "dmsetup",
                    "logging", "posix", "words")),
            entry("operations", Set.of("membership", "fencing", "settings", "cluster", "kernel", "owner", "instance",
                    "log", "journal", "device", "management", "health", "logging")),
            entry("fencing", Set.of("cluster", "owner", "dmsetup")),
            entry("membership", Set.of("cluster", "journal", "settings", "process", "door", "management", "health",
                    "logging", "posix")),
            entry("management", Set.of("door", "health")),
            entry("health", Set.of()),
            entry("words", Set.of()),
            entry("manual", Set.of("cli", "daemon", "process")),
            entry("cli", Set.of("words")),
            entry("emulator", Set.of("protocol", "posix", "words")));

    /**
     * Rooms that see protocol's value types without the codecs: they are part of what log's commands and events say.
     */
    private static final Set<String> SEE_VALUES =
            Set.of("log", "owner", "cluster", "management", "operations", "daemon");
    private static final Set<String> VALUES = Set.of("LogSpec", "Errno", "RequestType", "Reply", "UlogRequest");

    /** Rooms that carry the messages between instance and log, and do not look into them. */
    private static final Set<String> CARRIERS = Set.of("kernel", "cluster");
    private static final Set<String> CARRIED = Set.of("Round", "RoundAnswer", "FromOwner", "Notice", "LogState");

    private static final Set<String> AKKA_ROOMS = Set
            .of("kernel", "owner", "journal", "cluster", "management", "fencing",
            "membership", "operations", "daemon");
    private static final Set<String> CLOCK_ROOMS = Set.of("kernel", "emulator", "membership", "operations", "daemon");

    /** Sources of time, chance and waiting, as owner.member. */
    private static final Set<String> UNCONTROLLED = Set.of(
            "java.lang.System.currentTimeMillis", "java.lang.System.nanoTime", "java.lang.Thread.sleep",
            "java.lang.Math.random", "java.util.UUID.randomUUID", "java.util.concurrent.ThreadLocalRandom.current",
            "java.util.concurrent.TimeUnit.sleep", "java.time.Instant.now", "java.time.LocalDateTime.now",
            "java.time.ZonedDateTime.now", "java.time.OffsetDateTime.now", "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone");

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages(BASE);

    @Test
    void shouldHaveSomethingToCheck() {
        assertTrue(HOUSE.contain(BASE + ".protocol.UlogCodec"), "production classes are on the class path");
        assertTrue(Files.isDirectory(SOURCES), "tests run in the project's directory");
    }

    @Test
    void shouldKnowEveryRoom() {
        Set<String> rooms = new TreeSet<>();
        HOUSE.forEach(javaClass -> rooms.add(room(javaClass)));
        rooms.remove("");

        rooms.removeAll(ARROWS.keySet());

        assertEquals(Set.of(), rooms, "rooms without arrows in this test");
    }

    static Set<String> rooms() {
        return new TreeSet<>(ARROWS.keySet());
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void shouldImportAlongTheArrowsOnly(String room) {
        check(noClasses().that().resideInAPackage(inside(room)).should().dependOnClassesThat(forbiddenFor(room)));
    }

    @Test
    void shouldHaveNoCyclesBetweenRooms() {
        slices().matching(BASE + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true).check(HOUSE);
    }

    @Test
    void shouldKeepAkkaOutOfPureRooms() {
        String[] pure = ARROWS.keySet().stream().filter(room -> !AKKA_ROOMS.contains(room)).map(HouseTest::inside)
                .toArray(String[]::new);
        check(noClasses().that().resideInAnyPackage(pure).should().dependOnClassesThat()
                .resideInAnyPackage("akka..", "scala.."));
    }

    /** The simulation runs it, and whatever it reaches in its room. */
    @Test
    void shouldKeepAkkaOutOfTheOwnersCore() {
        Set<JavaClass> core = new LinkedHashSet<>();
        Deque<JavaClass> found = new ArrayDeque<>(List.of(HOUSE.get(BASE + ".owner.OwnerCore")));
        List<String> akka = new ArrayList<>();
        while (!found.isEmpty()) {
            JavaClass next = found.pop();
            if (!core.add(next)) {
                continue;
            }
            for (Dependency dependency : next.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (target.getPackageName().startsWith("akka")) {
                    akka.add(dependency.getDescription());
                } else if ("owner".equals(room(target))) {
                    found.push(target);
                }
            }
        }

        assertEquals(List.of(), akka);
        assertTrue(core.size() > 20, "what it consists of: " + core);
    }

    @Test
    void shouldCallNativeCodeInPosixOnly() {
        check(noClasses().that().resideOutsideOfPackage(inside("posix")).should().dependOnClassesThat()
                .resideInAPackage("jnr.."));
    }

    /** So that another engine can come. */
    @Test
    void shouldKnowTheConsensusEngineInOnePackage() {
        check(noClasses().that().resideOutsideOfPackage(inside("journal.raft.micro")).should().dependOnClassesThat()
                .resideInAPackage("io.microraft.."));
    }

    @ParameterizedTest
    @MethodSource("jdkOnlyRooms")
    void shouldNeedNothingButTheJdkInPureRooms(String room) {
        check(classes().that().resideInAPackage(inside(room)).should().onlyDependOnClassesThat()
                .resideInAnyPackage("java..", BASE + ".."));
    }

    static List<String> jdkOnlyRooms() {
        return List.of("protocol", "log");
    }

    @Test
    void shouldTakeTimeAndChanceFromOutside() {
        String[] allowed = Stream.concat(Stream.of(BASE), CLOCK_ROOMS.stream().map(HouseTest::inside))
                .toArray(String[]::new);
        check(classes().that().resideOutsideOfPackages(allowed).should(takeTimeAndChanceFromOutside()));
    }

    @Test
    void shouldNoticeUncontrolledTimeAndChance() {
        JavaClasses bad = new ClassFileImporter().importClasses(Uncontrolled.class);

        int violations = classes().should(takeTimeAndChanceFromOutside()).evaluate(bad).getFailureReport()
                .getDetails().size();

        assertEquals(3, violations, "a call, a method reference and a constructor");
    }

    @Test
    void shouldNoticeAForbiddenArrow() {
        JavaClasses all = new ClassFileImporter().importPackages(BASE + ".protocol");
        ArchRule noErrno = noClasses().that().resideInAPackage(inside("protocol")).should()
                .dependOnClassesThat(forbiddenFor("journal"));

        assertTrue(noErrno.evaluate(all).hasViolation(), "protocol's classes are forbidden for journal");
        assertFalse(forbiddenFor("log").test(all.get(BASE + ".protocol.LogSpec$SyncMode")), "value types of protocol");
        assertTrue(forbiddenFor("log").test(all.get(BASE + ".protocol.UlogCodec")), "codecs of protocol");
    }

    @Test
    void shouldExplainEveryPackage() throws IOException {
        List<Path> silent = new ArrayList<>();
        for (Path source : sources(SOURCES)) {
            if (!Files.exists(source.resolveSibling("package-info.java")) && !silent.contains(source.getParent())) {
                silent.add(source.getParent());
            }
        }

        assertEquals(List.of(), silent, "packages without package-info.java");
    }

    @Test
    void shouldKeepFilesReadable() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources(SOURCES)) {
            int lines = Files.readAllLines(source).size();
            if (lines > LONGER.getOrDefault(source.getFileName().toString(), MAX_LINES)) {
                tooLong.add(source + ": " + lines + " lines");
            }
        }

        assertEquals(List.of(), tooLong, "files of more than " + MAX_LINES + " lines: split by responsibility");
    }

    @Test
    void shouldKeepLinesReadable() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : Stream.concat(sources(SOURCES).stream(), sources(TESTS).stream()).toList()) {
            boolean isText = false;
            int number = 0;
            for (String line : Files.readAllLines(source)) {
                number++;
                if (line.length() > MAX_COLUMNS && !isText) {
                    tooLong.add(source + ":" + number);
                }
                isText ^= line.split(TEXT_BLOCK, -1).length % 2 == 0;
            }
        }

        assertEquals(List.of(), tooLong, "lines of more than " + MAX_COLUMNS + " columns, text blocks apart");
    }

    @Test
    void shouldHaveOneFormat() throws IOException {
        List<String> odd = new ArrayList<>();
        for (Path source : Stream.concat(sources(SOURCES).stream(), sources(TESTS).stream()).toList()) {
            SourceFormat.oddities(Files.readString(source)).forEach(what -> odd.add(source + ": " + what));
        }

        assertEquals(List.of(), odd);
    }

    private static List<Path> sources(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(HOUSE);
    }

    private static String inside(String room) {
        return BASE + '.' + room + "..";
    }

    /** The room of a class; empty for the root, null for a class from elsewhere. */
    private static String room(JavaClass javaClass) {
        String name = javaClass.getPackageName();
        if (name.equals(BASE)) {
            return "";
        }
        return name.startsWith(BASE + '.') ? name.substring(BASE.length() + 1).split("\\.")[0] : null;
    }

    /** Classes of the house that a room must not import: the root, and rooms without an arrow. */
    private static DescribedPredicate<JavaClass> forbiddenFor(String from) {
        return DescribedPredicate.describe("are forbidden for " + from, target -> {
            String to = room(target.getBaseComponentType());
            if (to == null || to.equals(from) || ARROWS.get(from).contains(to)) {
                return false;
            }
            String outermost = outermostName(target.getBaseComponentType());
            boolean isValue = to.equals("protocol") && SEE_VALUES.contains(from) && VALUES.contains(outermost);
            boolean isView = from.equals("management") && outermost.endsWith("View");
            boolean isCarried = to.equals("log") && CARRIERS.contains(from) && CARRIED.contains(outermost);
            return !isValue && !isView && !isCarried;
        });
    }

    private static String outermostName(JavaClass javaClass) {
        return javaClass.getName().substring(javaClass.getPackageName().length() + 1).split("\\$")[0];
    }

    private static ArchCondition<JavaClass> takeTimeAndChanceFromOutside() {
        return new ArchCondition<>("take time and chance from outside") {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                for (JavaAccess<?> access : javaClass.getAccessesFromSelf()) {
                    if (isUncontrolled(access.getTarget())) {
                        events.add(SimpleConditionEvent.violated(access, access.getDescription()));
                    }
                }
            }
        };
    }

    private static boolean isUncontrolled(AccessTarget target) {
        boolean isUnseeded = target.getFullName().equals("java.util.Random.<init>()");
        return isUnseeded || UNCONTROLLED.contains(target.getOwner().getName() + '.' + target.getName());
    }

    /** What the rule must notice; never run. */
    private static final class Uncontrolled {
        static long now() {
            return System.nanoTime();
        }

        static Supplier<java.util.UUID> name() {
            return java.util.UUID::randomUUID;
        }

        static int chance() {
            return new Random(1).nextInt() + new Random().nextInt();
        }
    }
}
