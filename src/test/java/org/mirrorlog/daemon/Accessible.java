package org.mirrorlog.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.mirrorlog.Browser;

/**
 * What keeps people from using a page who do not see it, see it badly, or have no mouse: the rules of WCAG 2.1 AA that
 * can be checked without a person, by what the browser tells screen readers and by the styles that it has computed.
 */
final class Accessible {
    private static final Set<String> NAMED = Set.of("link", "button", "heading", "img", "image", "meter", "region",
            "table", "checkbox", "textbox", "combobox", "Canvas");
    private static final Set<String> LANDMARKS = Set.of("banner", "main");
    private static final int TAB = 9;
    private static final int MOST_STOPS = 60;
    /** Text of a contrast below 4.5:1 (3:1 if large), and controls that can be clicked and are below 24 pixels. */
    private static final String SEEN = script("seen.js");
    /** What has the focus, and whether that is seen; a canvas draws it itself. */
    private static final String FOCUSED = script("focused.js");

    private Accessible() {
    }

    private static String script(String name) {
        try (InputStream file = Accessible.class.getResourceAsStream("/browser/" + name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is wrong with the page as it is now; nothing, if all is well. */
    static List<String> faults(Browser browser) throws Exception {
        List<String> wrong = new ArrayList<>();
        new ObjectMapper().readTree(browser.evaluate(SEEN)).forEach(one -> wrong.add(one.asText()));
        List<JsonNode> tree = browser.accessibilityTree();
        List<String> roles = tree.stream().map(Accessible::role).toList();
        for (String landmark : LANDMARKS) {
            if (roles.stream().filter(landmark::equals).count() != 1) {
                wrong.add("not one landmark " + landmark + ": " + roles);
            }
        }
        int level = 0;
        for (JsonNode node : tree) {
            if (NAMED.contains(role(node)) && node.at("/name/value").asText().isBlank()) {
                wrong.add("without a name: " + role(node) + ' ' + node.path("properties"));
            }
            if (role(node).equals("heading")) {
                int its = level(node);
                if (its > level + 1 || level == 0 && its != 1) {
                    wrong.add("heading of level " + its + " after " + level + ": " + node.at("/name/value").asText());
                }
                level = its;
            }
        }
        return wrong;
    }

    private static String role(JsonNode node) {
        return node.at("/role/value").asText();
    }

    private static int level(JsonNode heading) {
        for (JsonNode property : heading.path("properties")) {
            if (property.path("name").asText().equals("level")) {
                return property.at("/value/value").asInt();
            }
        }
        return 0;
    }

    /** Where the Tab key stops, from the top to the end of the page. */
    static List<String> stops(Browser browser) throws Exception {
        browser.evaluate("document.activeElement.blur(); window.stops = []; scrollTo(0, 0); ''");
        List<String> stops = new ArrayList<>();
        for (int i = 0; i < MOST_STOPS; i++) {
            browser.press("Tab", TAB);
            String stop = browser.evaluate(FOCUSED);
            if (stop.isEmpty() || stops.contains(stop)) {
                return stops;
            }
            stops.add(stop);
        }
        throw new AssertionError("the focus never leaves the page: " + stops);
    }
}
