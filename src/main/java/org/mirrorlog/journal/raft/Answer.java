package org.mirrorlog.journal.raft;

/** What whoever proposed a command, or wants to read, is told. */
public sealed interface Answer {

    /** The command was committed and applied here or at the leader, with this outcome. */
    record Decided(Outcome outcome) implements Answer {
    }

    /** Whoever reads this member's ledger now sees everything that was acknowledged before the question. */
    record Readable(long index) implements Answer {
    }

    /** It was not taken, for certain, and has no effect: it may be sent again. */
    record NotNow(String why) implements Answer {
    }

    /** It may have had its effect, may have it later, or never. */
    record Unknown(String why) implements Answer {
    }
}
