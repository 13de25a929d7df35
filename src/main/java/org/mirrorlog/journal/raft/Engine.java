package org.mirrorlog.journal.raft;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * The door to the consensus: what orders commands and has a majority keep them. All methods are called on the member's
 * turn, and return before anything of what they ask for happens.
 */
public interface Engine {

    /** Takes part from now on. */
    void start();

    /**
     * Has a command committed and applied, if this member leads.
     *
     * @param answer told once, perhaps never (no leader, a member that ends): {@link Answer.Decided},
     *        {@link Answer.NotNow} or {@link Answer.Unknown}
     */
    void propose(byte[] command, Consumer<Answer> answer);

    /**
     * Makes certain that this member leads still, by a round to a majority.
     *
     * @param answer told once, perhaps never: {@link Answer.Readable} with the last entry that anybody can have been
     *        told of when it was asked, or {@link Answer.NotNow}
     */
    void confirm(Consumer<Answer> answer);

    /**
     * Has the group changed by one step, if this member leads.
     *
     * @param membersIndex the entry that made the group as it is committed: nothing is done if that is another one
     * @param answer told once, perhaps never: {@link Answer.Decided}, {@link Answer.NotNow} or {@link Answer.Unknown}
     */
    void change(Change change, long membersIndex, Consumer<Answer> answer);

    /** How this member stands. */
    Standing standing();

    /** A message of another member's engine has come. One that makes no sense is dropped. */
    void receive(byte[] message);

    /** Who leads, as far as this member knows. */
    Optional<String> leader();

    /** Takes part no more. */
    void stop();
}
