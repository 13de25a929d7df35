package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command that only reads shows what it read. */
final class Output {
    @Option(names = "--output", paramLabel = "text|json",
            description = "text for people (default) or json for programs", defaultValue = "text")
    private Form form;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** The forms. */
    enum Form { TEXT, JSON }

    /** A line for each thing that somebody should look at. */
    static String remarks(Iterable<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append("! ").append(line).append(System.lineSeparator()));
        return text.toString();
    }

    /** Whether it is for people. */
    boolean isText() {
        return form == Form.TEXT;
    }

    /** Shows it in the form that was asked for. */
    void show(JsonNode read, Supplier<String> text) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(form == Form.JSON ? read.toPrettyString() + System.lineSeparator() : text.get());
        out.flush();
    }
}
