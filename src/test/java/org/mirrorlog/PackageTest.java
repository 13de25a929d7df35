package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code deploy/package} makes, without installing it; {@code fleet.PackageLifeTest} does. */
@Tag("slow")
@Timeout(300)
class PackageTest {
    private static final Path PACKAGE = Path.of("deploy/package").toAbsolutePath();
    /** Keys by which the program finds its own classes and dispatchers. */
    private static final Set<String> INTERNAL = Set.of("class", "provider", "lease-class", "type", "executor",
            "plugin-dispatcher", "replay-dispatcher");

    @TempDir
    private static Path directory;

    private static Path deb;
    private static Path archive;
    private static Path files;

    @BeforeAll
    static void make() throws IOException {
        assumeTrue(Files.exists(Path.of("target/mirrorlogd.jar")), "not packaged yet");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg-deb")), "package dpkg is not installed");
        List<Path> made = make(directory, "deb", "tar");
        deb = made.get(0);
        archive = made.get(1);
        files = directory.resolve("files");
        Commands.run(List.of("dpkg-deb", "--raw-extract", deb.toString(), files.toString()));
    }

    private static List<Path> make(Path output, String... kinds) throws IOException {
        Stream<String> words = Stream.of(PACKAGE.toString(), "--built", "--version", "1.2.3", "--output",
                output.toString());
        return Commands.run(Stream.concat(words, Stream.of(kinds)).toList()).lines().map(Path::of).toList();
    }

    @Test
    void shouldSatisfyDebiansOwnChecks() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/lintian")), "package lintian is not installed");

        String found = Commands.run(List.of("lintian", "--fail-on", "error", "--allow-root", deb.toString()));

        assertEquals(List.of(), found.lines().filter(line -> !line.contains("usr/sbin/mirrorlog-make-certs")).toList());
        for (String page : List.of("man8/mirrorlogctl.8.gz", "man8/mirrorlogd.8.gz", "man5/mirrorlogd.conf.5.gz")) {
            assertTrue(Files.exists(files.resolve("usr/share/man").resolve(page)), page);
        }
    }

    @Test
    void shouldBeAnRpmOfTheSameFiles() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/rpmbuild")), "package rpm is not installed");
        Path rpm = make(directory, "rpm").get(0);
        byte[] bytes = Files.readAllBytes(rpm);

        Set<String> inside = new TreeSet<>(rpm(rpm, "--list").lines().toList());
        Set<String> program = new TreeSet<>();
        for (String tree : List.of("usr/share/mirrorlogd", "usr/bin", "usr/sbin", "usr/lib", "etc")) {
            try (Stream<Path> all = Files.walk(files.resolve(tree))) {
                all.filter(path -> !Files.isDirectory(path))
                        .forEach(path -> program.add("/" + files.relativize(path)));
            }
        }
        assertTrue(program.size() > 70, program.toString());
        assertTrue(inside.containsAll(program), inside.toString());
        assertEquals("/etc/mirrorlog/mirrorlogd.conf", rpm(rpm, "--configfiles").strip());
        assertTrue(rpm(rpm, "--requires").contains("java-headless >= 1:17"));
        assertArrayEquals(bytes, Files.readAllBytes(make(directory.resolve("rpm-again"), "rpm").get(0)));
        if (Files.isExecutable(Path.of("/usr/bin/rpmlint"))) {
            List<String> errors = Commands.tryRun(List.of("rpmlint", rpm.toString())).text().lines()
                    .filter(line -> line.contains(" E: ")).toList();
            assertEquals(List.of("mirrorlogd.noarch: E: no-signature"), errors, "whoever publishes it signs it");
        }
    }

    private static String rpm(Path rpm, String question) throws IOException {
        return Commands.run(List.of("rpm", "--query", "--package", question, rpm.toString()));
    }

    /** The page that goes from the package to the first mirror: its settings, with certificates as it has them made. */
    @Test
    void shouldShowSettingsThatAreSoundOnThePageOfTheInstallation() throws IOException {
        Path tls = directory.resolve("tls");
        String page = Files.readString(Path.of("docs/install.md"));
        String command = page.lines().filter(line -> line.startsWith("    mirrorlog-make-certs ")).findFirst()
                .orElseThrow();
        List<String> certificates = new ArrayList<>(List.of("deploy/make-certs", "--dir", tls.toString()));
        certificates.addAll(List.of(command.strip().split(" ")).subList(1, command.strip().split(" ").length));
        Commands.run(certificates);
        String block = page.substring(page.indexOf("    akka.persistence"), page.indexOf("## 5. Start"));
        Path settings = Files.writeString(directory.resolve("local.conf"),
                block.replace("/etc/mirrorlog/tls", tls.toString()));

        assertEquals("settings are sound\n", checked(settings));

        Files.writeString(settings, Files.readString(settings).replace("25520\"", "\""));
        assertNotEquals("settings are sound\n", checked(settings), "the check can fail");
    }

    private static String checked(Path settings) throws IOException {
        return Commands.tryRun(List.of("deploy/run", "--installed", "-Dconfig.file=" + settings, "check-config"))
                .text();
    }

    /** The firewall's service has the ports that the settings speak of. */
    @Test
    void shouldOpenThePortsOfTheSettings() throws IOException {
        String service = Files.readString(files.resolve("usr/lib/firewalld/services/mirrorlogd.xml"));
        int discovery = ConfigFactory.load().getInt("mirrorlog.cluster.discovery.port");
        int journal = ConfigFactory.load().getInt("mirrorlog.replicated.port");

        assertTrue(service.contains("port=\"" + discovery + "\""), service);
        assertTrue(service.contains("port=\"" + journal + "\""), service);
        assertTrue(service.contains("port=\"25520\""), service);
        assertTrue(Files.readString(Path.of("src/main/resources/application.conf")).contains("25520 is customary"));
        assertEquals(3, service.split("<port ").length - 1);
    }

    @Test
    void shouldBeMadeOfTheSameBytesAgain() throws IOException {
        List<Path> again = make(directory.resolve("again"), "deb", "tar");

        assertArrayEquals(Files.readAllBytes(deb), Files.readAllBytes(again.get(0)));
        assertArrayEquals(Files.readAllBytes(archive), Files.readAllBytes(again.get(1)));
        try (Stream<Path> left = Files.list(directory.resolve("again"))) {
            assertEquals(2, left.count(), "nothing else is left there");
        }
    }

    @Test
    void shouldBringEveryFileOfTheProgramAndNothingThatOnlyATrialNeeds() throws IOException {
        Path program = files.resolve("usr/share/mirrorlogd");
        Set<String> libraries = names(Path.of("target/lib"));
        assertTrue(libraries.containsAll(names(program.resolve("target/lib"))));
        for (String library : List.of("akka-actor_", "postgresql-", "jffi-", "logback-classic-")) {
            assertTrue(names(program.resolve("target/lib")).stream().anyMatch(name -> name.startsWith(library)));
        }
        assertEquals(Set.of("cluster", "fencing", "kubernetes", "lib.sh", "lvm", "make-certs", "mirrorlogctl",
                "monitoring", "postgresql", "run"), names(program.resolve("deploy")));
        assertTrue(Files.isExecutable(program.resolve("deploy/fencing/ipmi")));
        assertTrue(Files.isExecutable(program.resolve("deploy/lvm/cmirrord")));
        for (String command : List.of("usr/sbin/mirrorlogd", "usr/bin/mirrorlogctl", "usr/sbin/mirrorlog-make-certs")) {
            assertTrue(Files.isExecutable(files.resolve(command)), command);
        }
        String unit = Files.readString(files.resolve("usr/lib/systemd/system/mirrorlogd.service"));
        assertTrue(unit.contains("ExecStart=/usr/sbin/mirrorlogd --installed"), unit);
        assertEquals("/etc/mirrorlog/mirrorlogd.conf\n", Files.readString(files.resolve("DEBIAN/conffiles")));
        String list = Commands.run(List.of("tar", "-tzf", archive.toString()));
        for (String name : List.of("LICENSE", "deploy/run", "deploy/mirrorlogd.service", "deploy/mirrorlogd.conf",
                "docs/operations.md", "target/mirrorlogd.jar")) {
            assertTrue(list.lines().anyMatch(line -> line.equals("mirrorlogd-1.2.3/" + name)), name);
        }
    }

    /** For whoever looks for known weaknesses: each library that is installed, with its bytes' checksum. */
    @Test
    void shouldListWhatItIsMadeOf() throws Exception {
        JsonNode list = new ObjectMapper().readTree(files.resolve("usr/share/doc/mirrorlogd/sbom.cdx.json").toFile());
        Set<String> listed = new TreeSet<>();
        for (JsonNode component : list.path("components")) {
            assertTrue(component.path("purl").asText().startsWith("pkg:maven/"), component.toString());
            for (JsonNode hash : component.path("hashes")) {
                if (hash.path("alg").asText().equals("SHA-256")) {
                    listed.add(hash.path("content").asText());
                }
            }
        }
        Set<String> installed = new TreeSet<>();
        try (Stream<Path> libraries = Files.list(files.resolve("usr/share/mirrorlogd/target/lib"))) {
            for (Path library : libraries.toList()) {
                installed.add(HexFormat.of().formatHex(
                        MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(library))));
            }
        }

        assertEquals("CycloneDX", list.path("bomFormat").asText());
        assertEquals("mirrorlogd", list.path("metadata").path("component").path("name").asText());
        assertTrue(installed.size() > 50, installed.toString());
        assertEquals(installed, listed);
        assertTrue(Commands.run(List.of("tar", "-tzf", archive.toString())).lines()
                .anyMatch(line -> line.equals("mirrorlogd-1.2.3/sbom.cdx.json")));
    }

    private static Set<String> names(Path place) throws IOException {
        try (Stream<Path> all = Files.list(place)) {
            return all.map(path -> path.getFileName().toString()).filter(name -> !name.endsWith(".new"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** With all comments of keys taken away it says what the program believes without it; so does it as it stands. */
    @Test
    void shouldExplainEveryKeyWithItsDefault() throws IOException {
        String text = Files.readString(files.resolve("etc/mirrorlog/mirrorlogd.conf"));
        Config defaults = ConfigFactory.parseResources("application.conf").withFallback(ConfigFactory.load());
        Config said = ConfigFactory.parseString(text.replaceAll("(?m)^#(?=[a-z])", ""));

        assertEquals(List.of(), text.lines().filter(line -> !line.matches("|#( .*)?|#[a-z][a-z.-]* = .*|include .*"))
                .toList(), "neither text nor key");
        assertTrue(ConfigFactory.parseString(text).isEmpty(), "nothing is set as it comes");
        Config resolved = said.withFallback(defaults).resolve();
        assertEquals(defaults.resolve().root(), resolved.root());
        Set<String> keys = new TreeSet<>();
        text.lines().filter(line -> line.matches("#mirrorlog.*")).forEach(line -> keys.add(line.substring(1,
                line.indexOf(" = "))));
        assertEquals(wanted(defaults.resolve().getConfig("mirrorlog")), keys);
    }

    /** Blocks of dispatchers are the program's, but for the two keys that it reads itself. */
    private static Set<String> wanted(Config ours) {
        Set<String> wanted = new TreeSet<>();
        ours.entrySet().forEach(entry -> wanted.add("mirrorlog." + entry.getKey()));
        wanted.removeIf(key -> INTERNAL.contains(key.substring(key.lastIndexOf('.') + 1)));
        wanted.removeIf(key -> key.contains("dispatcher."));
        wanted.removeIf(key -> key.startsWith("mirrorlog.dispatchers.")
                && !Set.of("mirrorlog.dispatchers.hot.threads", "mirrorlog.dispatchers.hot.lookout").contains(key));
        return wanted;
    }
}
