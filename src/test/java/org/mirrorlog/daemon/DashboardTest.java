package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Browser;
import org.mirrorlog.door.Limits;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** The dashboard of a daemon with a table, as a browser shows it. Pictures of it are left in target/screenshots. */
@Timeout(180)
class DashboardTest {
    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    private static final String NAME = "<b>LVM\"a";

    @TempDir
    private static Path dir;
    private static Daemon daemon;
    private static PlainKernel kernel;

    @BeforeAll
    static void start() throws Exception {
        daemon = Daemon.start(Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = node-a, data-dir = "%s", marks.lazy-clear = 10 minutes
                  kernel { connector = unix, boot-id = boot-1, unix-path = "%s" }
                }
                akka.management.http.port = 0
                """.formatted(dir.resolve("data"), dir.resolve("kernel")))), MachineIdentity.current()));
        kernel = new PlainKernel(dir.resolve("table"), dir.resolve("kernel"), NAME, 7);
        kernel.construct("10240 clustered-core 1024 nosync");
        kernel.askWell(RequestType.RESUME, new byte[0]);
        kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3, 4));
        kernel.askWell(RequestType.FLUSH, new byte[0]);
        await("somebody to have looked").atMost(30, TimeUnit.SECONDS)
                .until(() -> HealthPage.read(daemon.management()).path("status").asText().equals("ok"));
    }

    @AfterAll
    static void stop() {
        kernel.close();
        daemon.close();
    }

    private static HttpResponse<String> send(String method, String path) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(daemon.management().resolve(path))
                .method(method, HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void shouldServeAPageThatMayDoNothingButAskThisPort() throws Exception {
        HttpResponse<String> page = send("GET", "/");

        assertEquals(200, page.statusCode());
        String policy = page.headers().firstValue("content-security-policy").orElse("");
        assertTrue(policy.startsWith("default-src 'none'; ") && !policy.contains("unsafe"), policy);
        assertEquals("nosniff", page.headers().firstValue("x-content-type-options").orElse(""));
        assertEquals(405, send("POST", "/").statusCode());
        assertEquals("", send("HEAD", "/").body());
        List<String> parts = Pattern.compile("(?:href|src)=\"(/[^\"]*)\"").matcher(page.body()).results()
                .map(found -> found.group(1)).distinct().toList();
        assertTrue(parts.size() >= 4, parts::toString);
        for (String part : parts) {
            HttpResponse<String> answer = send("GET", part);
            assertEquals(200, answer.statusCode(), part);
            assertFalse(answer.body().replace("http://www.w3.org/2000/svg", "").contains("://"), part);
        }
        assertEquals(404, send("GET", "/dashboard/no-such-file").statusCode());
        assertEquals(404, send("GET", "/dashboard/../application.conf").statusCode());
    }

    private static Browser browse(String path, int width, int height) throws Exception {
        Assumptions.assumeTrue(Browser.isThere(), "chromium is missing");
        return Browser.open(daemon.management().resolve(path), dir.resolve("browser-" + width), width, height);
    }

    @Test
    void shouldShowHealthLogsAndNodesAndWhatHappensInABrowser() throws Exception {
        try (Browser browser = browse("/", 1200, 1000)) {
            String page = browser.htmlWith("100.0 %");
            assertTrue(page.contains("<title>mirrorlogd: ok</title>"), page);
            assertTrue(page.contains("&lt;b&gt;LVM\"a</a>"), "a name is text: " + page);
            assertTrue(page.contains("Nothing waits."), page);
            assertTrue(page.contains("up: is a member of the cluster, within reach"), page);
            assertTrue(page.contains("<p id=\"lost\" role=\"alert\" hidden=\"\"></p>"), page);
            browser.htmlWith("<span id=\"events-how\">live</span>");
            browser.htmlWith("<td class=\"info\">DAEMON_READY</td>");

            kernel.askWell(RequestType.PRESUSPEND, new byte[0]);
            kernel.askWell(RequestType.POSTSUSPEND, new byte[0]);
            browser.htmlWith("TABLE_SUSPENDED</td><td>log &lt;b&gt;LVM\"a/7</td>"
                    + "<td>its mirror was suspended</td>");
            kernel.askWell(RequestType.RESUME, new byte[0]);

            browser.picture(SCREENSHOTS.resolve("overview.png"));
        }
    }

    /** What the daemon says of a log, but for how long its oldest request waits. */
    private static String waiting(double seconds) {
        return "if (!window.asked) { window.asked = window.fetch; }"
                + "window.fetch = async (path, how) => { const answer = await window.asked(path, how);"
                + "if (path !== '/mirrorlog/logs') { return answer; } const logs = await answer.json();"
                + "logs[0].instances[0].waitsForSeconds = " + seconds + ";"
                + "return new Response(JSON.stringify(logs)); }; ''";
    }

    @Test
    void shouldShowHowLongFlushesTakeAndWhoWaitsTooLong() throws Exception {
        try (Browser browser = browse("/", 1280, 1000)) {
            String page = browser.htmlWith("<polyline points=\"");
            assertTrue(Pattern.compile("<td class=\"rate\">[0-9.]+, [0-9.]+ ms</td>").matcher(page).find(), page);
            for (int i = 0; i < 30; i++) {
                kernel.askWell(RequestType.MARK_REGION, PlainKernel.words(3));
                kernel.askWell(RequestType.FLUSH, new byte[0]);
            }
            browser.matching("</svg> [0-9.,]+, most (?!0<)[0-9.,]+</td>");
            browser.evaluate(waiting(4.2));
            browser.htmlWith("<td class=\"\">5 s</td>");
            browser.evaluate(waiting(5.1));
            browser.htmlWith("<td class=\"warning\">6 s</td>");
            String amber = browser.evaluate("getComputedStyle(document.querySelector('#logs td.warning')).color");
            browser.evaluate(waiting(15.2));
            browser.htmlWith("<td class=\"error\">16 s</td>");
            String red = browser.evaluate("getComputedStyle(document.querySelector('#logs td.error')).color");
            assertEquals("rgb(138, 82, 0), rgb(179, 21, 31)", amber + ", " + red);

            browser.picture(SCREENSHOTS.resolve("waits.png"));
        }
    }

    /** Dark and light, on a phone and on a desk; with an alarm, and with a log's page open. */
    @Test
    void shouldShutNobodyOut() throws Exception {
        List<String> wrong = new ArrayList<>();
        try (Browser browser = browse("/", 1280, 1000)) {
            browser.htmlWith("100.0 %");
            browser.evaluate(waiting(5.5));
            browser.htmlWith("<td class=\"warning\">6 s</td>");
            for (int i = 0; i < 4; i++) {
                boolean isDark = i % 2 == 1;
                int width = i < 2 ? 390 : 1280;
                browser.look(isDark, width);
                String where = (isDark ? "dark, " : "light, ") + width + ": ";
                Accessible.faults(browser).forEach(fault -> wrong.add(where + fault));
                browser.evaluate("location.hash = 'log=%3Cb%3ELVM%22a'; ''");
                browser.htmlWith("held by one table: it may write</td><td class=\"n\">2</td>");
                Accessible.faults(browser).forEach(fault -> wrong.add(where + "a log: " + fault));
                browser.evaluate("document.getElementById('close').click(); ''");
            }
            browser.picture(SCREENSHOTS.resolve("dark.png"));
            browser.evaluate("location.hash = 'log=%3Cb%3ELVM%22a'; ''");
            browser.htmlWith("held by one table: it may write</td><td class=\"n\">2</td>");
            List<String> stops = Accessible.stops(browser);
            assertEquals("A to the contents", stops.get(0));
            assertTrue(stops.containsAll(List.of("CANVAS#map ", "BUTTON#in closer", "A <b>LVM\"a")), stops::toString);
            stops.stream().filter(stop -> stop.contains(": ")).forEach(wrong::add);
            browser.evaluate("document.body.append(document.createElement('button'));"
                    + "document.getElementById('age').style.color = '#444';"
                    + "document.getElementById('health-title').setAttribute('aria-level', 5);"
                    + "document.querySelector('#logs th').textContent = ''; ''");
            String seen = Accessible.faults(browser).toString();
            assertTrue(seen.contains("without a name: button") && seen.contains("contrast ")
                    && seen.contains("heading of level 5") && seen.contains("columns without heads: logs"), seen);
        }
        assertEquals(List.of(), wrong, () -> String.join("\n", wrong));
    }

    /** Others follow already: it asks instead. */
    @Test
    void shouldAskForEventsWhereItIsNotTold() throws Exception {
        List<Socket> followers = new ArrayList<>();
        try (Browser browser = follow(followers)) {
            browser.htmlWith("<span id=\"events-how\">every two seconds</span>");
            browser.htmlWith("<td class=\"info\">DAEMON_READY</td>");
        } finally {
            for (Socket follower : followers) {
                follower.close();
            }
        }
    }

    private static Browser follow(List<Socket> followers) throws Exception {
        for (int i = 0; i < Limits.USUAL.followers().most(); i++) {
            Socket socket = new Socket(daemon.management().getHost(), daemon.management().getPort());
            followers.add(socket);
            socket.getOutputStream().write(("GET /mirrorlog/events HTTP/1.1\r\nHost: localhost\r\n"
                    + "Accept: text/event-stream\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        return browse("/", 1000, 1000);
    }

    @Test
    void shouldShowTheRegionsOfALogAlsoOnANarrowScreen() throws Exception {
        try (Browser browser = browse("/#log=%3Cb%3ELVM%22a", 390, 1400)) {
            String page = browser.htmlWith("held by one table: it may write</td><td class=\"n\">2</td>");
            assertTrue(page.contains("Log &lt;b&gt;LVM\"a</h2>"), page);
            assertTrue(page.contains("Regions 0 to 9 of 10, 1 in a cell"), page);
            assertTrue(page.contains("clean</td><td class=\"n\">8</td>"), page);
            assertTrue(page.contains("<td>node-a</td><td>0000000000000007</td><td class=\"n\">2</td>"), page);

            browser.picture(SCREENSHOTS.resolve("log.png"));
        }
    }
}
