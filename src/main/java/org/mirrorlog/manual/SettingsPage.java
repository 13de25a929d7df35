package org.mirrorlog.manual;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The manual page of the settings: each key of the shipped files with its default and the comment above it. Reads what
 * these files use of HOCON: a key or the beginning of a block on a line of its own, comments above it, includes.
 */
final class SettingsPage {
    private static final Pattern BLOCK = Pattern.compile("((?:[\\w.-]|\"[^\"]+\")+) *\\{");
    private static final Pattern KEY = Pattern.compile("((?:[\\w.-]|\"[^\"]+\")+) *(=|\\{) *(.*)");
    private static final Pattern INCLUDE = Pattern.compile("include \"([^\"]+)\"");

    private final Page page;
    private final Deque<String> blocks = new ArrayDeque<>();
    private final List<String> comment = new ArrayList<>();
    private final List<String> terms = new ArrayList<>();
    private List<String> said = List.of();

    private SettingsPage(Page page) {
        this.page = page;
    }

    static Page of(String version) {
        Page page = new Page("mirrorlogd.conf", 5, version, "settings of mirrorlogd");
        page.section("DESCRIPTION");
        new SettingsPage(page).read("application.conf", true);
        return page.section("SEE ALSO").paragraph("mirrorlogd(8), mirrorlogctl(8)");
    }

    private static List<String> lines(String resource) {
        try (InputStream in = Objects.requireNonNull(SettingsPage.class.getClassLoader().getResourceAsStream(resource),
                resource)) {
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(String resource, boolean isFirst) {
        boolean isHead = true;
        for (String raw : lines(resource)) {
            String line = raw.strip();
            Matcher include = INCLUDE.matcher(line);
            if (line.isEmpty() && isHead && !comment.isEmpty()) {
                // What the file says of itself.
                page.paragraph(String.join(" ", comment));
                comment.clear();
                isHead = !isFirst ? false : isHead;
            } else if (line.startsWith("#")) {
                head(line.substring(1).strip(), isHead && isFirst);
            } else if (include.matches()) {
                end();
                comment.clear();
                read(include.group(1), false);
            } else if (!line.isEmpty()) {
                isHead = false;
                setting(line);
            }
        }
        end();
    }

    private void head(String line, boolean isHead) {
        if (line.isEmpty() && isHead) {
            page.paragraph(String.join(" ", comment));
            comment.clear();
        } else if (!line.isEmpty()) {
            comment.add(line);
        }
    }

    private void setting(String line) {
        Matcher block = BLOCK.matcher(line);
        Matcher key = KEY.matcher(line);
        if (block.matches()) {
            end();
            blocks.addLast(block.group(1));
            if (blocks.size() == 1) {
                page.section(blocks.getLast().startsWith("akka") ? "SETTINGS OF AKKA THAT DIFFER"
                        : "SETTINGS: " + blocks.getLast());
            } else {
                page.part(path(""));
            }
            if (!comment.isEmpty()) {
                page.paragraph(String.join(" ", comment));
            }
            comment.clear();
        } else if (line.startsWith("}")) {
            end();
            comment.clear();
            blocks.pollLast();
        } else if (key.matches()) {
            String value = key.group(2).equals("{") ? "{ " + key.group(3) : key.group(3);
            if (!comment.isEmpty() || terms.isEmpty()) {
                end();
                said = comment.isEmpty() ? List.of() : List.of(String.join(" ", comment));
                comment.clear();
            }
            terms.add(path(key.group(1)) + " = " + value);
        }
    }

    /** The setting that was read is whole. */
    private void end() {
        if (!terms.isEmpty()) {
            page.item(terms, said);
        }
        terms.clear();
        said = List.of();
    }

    private String path(String key) {
        String path = String.join(".", blocks);
        return key.isEmpty() ? path : path.isEmpty() ? key : path + "." + key;
    }
}
