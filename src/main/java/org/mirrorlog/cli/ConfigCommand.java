package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The settings in force. */
@Command(name = "config", description = "Lists the settings that are in force, and where each was set. Secrets are not"
        + " shown. For root and the operators' group.")
final class ConfigCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Option(names = "--set", description = "only those that somebody has set: no defaults")
    private boolean isSetOnly;

    @Override
    public Integer call() {
        DaemonClient client = main.client();
        ArrayNode settings = JsonNodeFactory.instance.arrayNode();
        for (JsonNode one : client.checked(client.lookInside("/mirrorlog/inside/config"))) {
            if (!isSetOnly || !one.path("isDefault").asBoolean()) {
                settings.add(one);
            }
        }
        output.show(settings, () -> text(settings));
        return Exit.OK;
    }

    private static String text(JsonNode settings) {
        StringBuilder text = new StringBuilder();
        settings.forEach(one -> text.append(one.path("key").asText()).append(" = ")
                .append(LogName.shown(one.path("value").asText())).append(one.path("isDefault").asBoolean() ? ""
                        : "  # " + LogName.shown(one.path("origin").asText())).append(System.lineSeparator()));
        return text.toString();
    }
}
