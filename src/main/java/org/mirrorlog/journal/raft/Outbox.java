package org.mirrorlog.journal.raft;

/** What carries messages between members: at most once, perhaps never. */
@FunctionalInterface
public interface Outbox {

    /**
     * Sends without waiting; never throws for what the network does.
     *
     * @param message not to be changed afterwards
     */
    void send(String to, byte[] message);
}
