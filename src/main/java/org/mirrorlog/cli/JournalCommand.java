package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The members of a replicated journal. */
@Command(name = "journal", description = {"status: how the members of a replicated journal stand, as this node's knows"
        + " it. What each of them holds, and for how long it has been silent, the leader knows. For root and the"
        + " operators' group."})
final class JournalCommand implements Callable<Integer> {
    private static final int SHORT_IDENTITY = 8;
    private static final int SECOND_MS = 1_000;

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(index = "0", paramLabel = "status", description = "what to show")
    private Page page;

    @Mixin
    private Output output;

    /** As they are typed. */
    enum Page { status }

    @Override
    public Integer call() {
        DaemonClient client = main.client();
        JsonNode journal = client.checked(client.lookInside("/mirrorlog/inside/members"));
        output.show(journal, () -> text(journal));
        return Exit.OK;
    }

    private static String text(JsonNode journal) {
        if (!journal.path("isReplicated").asBoolean()) {
            return "the journal is not replicated" + System.lineSeparator();
        }
        String leader = journal.path("leader").asText("");
        Table table = new Table().row("MEMBER", "IDENTITY", "ROLE", "HOLDS", "SILENT", "REACHED");
        for (JsonNode member : journal.path("members")) {
            String name = member.path("name").asText();
            String identity = member.path("identity").asText();
            boolean isVoter = member.path("isVoter").asBoolean();
            table.row(name, identity.isEmpty() ? "-" : identity.substring(0, Math.min(SHORT_IDENTITY,
                    identity.length())), !isVoter ? "learner" : name.equals(leader) ? "leader" : "follower",
                    member.hasNonNull("heldIndex")
                            ? member.path("heldIndex").asText() : "-", member.hasNonNull("silentMs")
                            ? member.path("silentMs").asLong() / SECOND_MS + " s" : "-",
                    member.path("isWithin").asBoolean() ? "yes" : "no");
        }
        return table + "this member: " + journal.path("self").asText() + ", " + journal.path("role").asText()
                + "; term " + journal.path("term").asInt() + ", last entry " + journal.path("lastIndex").asLong()
                + ", committed " + journal.path("committedIndex").asLong()
                + (leader.isEmpty() ? "; no leader is known" : "") + System.lineSeparator();
    }
}
