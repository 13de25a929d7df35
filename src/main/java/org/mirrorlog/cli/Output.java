package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How a command that only reads shows what it read. */
final class Output {
    @Option(names = "--output", paramLabel = "table|json|yaml", converter = Form.Converter.class,
            completionCandidates = Form.Names.class,
            description = "a table for people (default), or json or yaml for programs", defaultValue = "table")
    private Form form;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** The forms. */
    enum Form {
        TABLE, JSON, YAML;

        /** What can be typed; "text" is what a table was called at first. */
        static final class Converter implements ITypeConverter<Form> {
            @Override
            public Form convert(String typed) {
                return switch (typed.toLowerCase(Locale.ROOT)) {
                    case "table", "text" -> TABLE;
                    case "json" -> JSON;
                    case "yaml" -> YAML;
                    default -> throw new TypeConversionException("'" + typed + "' is none of table, json and yaml");
                };
            }
        }

        /** For completion. */
        static final class Names implements Iterable<String> {
            @Override
            public java.util.Iterator<String> iterator() {
                return List.of("table", "json", "yaml").iterator();
            }
        }
    }

    /** A line for each thing that somebody should look at. */
    String remarks(Iterable<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(ink().alarm("! " + line)).append(System.lineSeparator()));
        return text.toString();
    }

    /** What is put on paper, or on a screen. */
    Ink ink() {
        return ((MirrorlogCtl) spec.root().userObject()).ink();
    }

    /** Shows it in the form that was asked for. */
    void show(JsonNode read, Supplier<String> text) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(switch (form) {
            case JSON -> read.toPrettyString() + System.lineSeparator();
            case YAML -> Yaml.of(read);
            case TABLE -> text.get();
        });
        out.flush();
    }

    /** Shows one of many that come one after the other: JSON by lines, YAML by documents. */
    void showOne(JsonNode read, Supplier<String> line) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(switch (form) {
            case JSON -> read + System.lineSeparator();
            case YAML -> "---\n" + Yaml.of(read);
            case TABLE -> line.get() + System.lineSeparator();
        });
        out.flush();
    }
}
