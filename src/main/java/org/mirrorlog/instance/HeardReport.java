package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What is in a file of numbers heard.
 *
 * @param told logs of which a number was told
 * @param room logs that have no place yet, and would have one
 * @param isDoubtful whether something was lost of it, or of one before
 * @param damaged of which logs
 */
record HeardReport(long told, long room, boolean isDoubtful, List<HeardBlock.Name> damaged) {
    private static final String ALL_ARE_HEARD = "Each log without a number counts as heard of: where the journal does"
            + " not know it, it begins all dirty, nosync or not.";

    HeardReport {
        damaged = List.copyOf(damaged);
    }

    /**
     * Looks at a file that a daemon may be using, and changes nothing in it.
     *
     * @param logs names that a damaged block may be of
     * @throws NoSuchFileException there is none
     */
    static RecordDirectory.Seen look(Path path, Collection<String> logs) throws IOException {
        try {
            return HeardFile.read(path).seen(path, logs);
        } catch (IllegalArgumentException e) {
            return new RecordDirectory.Seen(List.of(), List.of(e.getMessage() + ": what this machine had heard of all"
                    + " its logs is lost. " + ALL_ARE_HEARD
                    + " The next start sets the file aside and begins a new one: nothing to do"));
        }
    }

    private RecordDirectory.Seen seen(Path path, Collection<String> logs) {
        List<String> lost = new ArrayList<>();
        for (HeardBlock.Name name : damaged) {
            String log = logs.stream().filter(uuid -> HeardBlock.Name.of(uuid).equals(name)).findFirst()
                    .map("log "::concat).orElse("a log whose name cannot be told");
            lost.add(path + ": what was heard of " + log + " cannot be read. " + ALL_ARE_HEARD + " Nothing to do");
        }
        boolean isOfEarlier = isDoubtful && damaged.isEmpty();
        return new RecordDirectory.Seen(List.of("numbers heard of " + told + " logs, room for " + room + " more"
                + (isOfEarlier ? "; an earlier file was damaged: " + ALL_ARE_HEARD : "")), lost);
    }
}
