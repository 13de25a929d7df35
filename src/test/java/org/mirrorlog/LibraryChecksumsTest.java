package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The libraries that this build has got are, byte by byte, those that it was made with. Maven 3.9 compares them with
 * the same list before it uses them; this test does with every Maven.
 */
class LibraryChecksumsTest {
    private static final Path LIST = Path.of(".mvn/checksums/checksums.sha256");
    private static final String BETWEEN = "  ";

    /** Checksums by place in a repository. */
    private static Map<String, String> listed() throws IOException {
        return Files.readAllLines(LIST).stream().map(line -> line.split(BETWEEN, 2))
                .collect(Collectors.toMap(words -> words[1], words -> words[0]));
    }

    /** Whether it lies as a repository has it. */
    private static boolean isLibrary(Path file) {
        if (!file.toString().endsWith(".jar") || file.getNameCount() < 4) {
            return false;
        }
        Path version = file.getParent();
        String name = version.getParent().getFileName() + "-" + version.getFileName();
        return file.getFileName().toString().startsWith(name);
    }

    /** What differs, and what is unknown; and what of the list nobody uses. */
    private static List<String> differences(Map<String, String> listed, Stream<Path> files) throws IOException {
        List<String> differences = new ArrayList<>();
        TreeSet<String> unused = new TreeSet<>(listed.keySet());
        for (Path file : files.filter(LibraryChecksumsTest::isLibrary).sorted().toList()) {
            List<String> places = listed.keySet().stream().filter(place -> file.endsWith(Path.of(place))).toList();
            if (places.isEmpty()) {
                differences.add(file + " is not in the list");
            } else if (!listed.get(places.get(0)).equals(sha256(file))) {
                differences.add(places.get(0) + " has other bytes than the list says");
            }
            unused.removeAll(places);
        }
        unused.forEach(place -> differences.add(place + " is in the list, and not in use"));
        return differences;
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Test
    void shouldUseTheLibrariesThatAreListedAndNoOthers() throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

        List<String> differences = differences(listed(), Stream.of(classPath.split(File.pathSeparator)).map(Path::of));

        assertEquals(List.of(), differences, "libraries have changed: deploy/check libraries --accept");
    }

    @Test
    void shouldNoticeAnotherLibrary(@TempDir Path repository) throws IOException {
        Path good = library(repository, "org/example/good/1/good-1.jar");
        Path changed = library(repository, "org/example/changed/1/changed-1.jar");
        Path strange = library(repository, "org/example/strange/1/strange-1.jar");
        Map<String, String> listed = Map.of("org/example/good/1/good-1.jar", sha256(good),
                "org/example/changed/1/changed-1.jar", sha256(changed), "org/example/gone/1/gone-1.jar", "00");
        Files.writeString(changed, "others");

        assertEquals(List.of("org/example/changed/1/changed-1.jar has other bytes than the list says",
                strange + " is not in the list", "org/example/gone/1/gone-1.jar is in the list, and not in use"),
                differences(listed, Stream.of(good, changed, strange, repository)));
    }

    private static Path library(Path repository, String place) throws IOException {
        Path file = repository.resolve(place);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, place);
    }
}
