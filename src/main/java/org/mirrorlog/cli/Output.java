package org.mirrorlog.cli;

import picocli.CommandLine.Option;

/** How a command that only reads shows what it read. */
final class Output {
    @Option(names = "--output", paramLabel = "text|json",
            description = "text for people (default) or json for programs", defaultValue = "text")
    private Form form;

    /** The forms. */
    enum Form { TEXT, JSON }

    boolean isJson() {
        return form == Form.JSON;
    }
}
