package org.mirrorlog.owner;

import org.mirrorlog.log.FromOwner;

/** What an owner asks of whoever places it. No method blocks; any of them may get lost. */
public interface Placement {
    /** The log belongs on the node of this instance now, whoever owns it at this moment: hand it over there. */
    void move(String uuid, Recipient<FromOwner> user);

    /** The log is where it belongs: this owner serves it. */
    void stay(String uuid);

    /** This owner ends, because no table uses the log; whatever was kept for its next owner may go. */
    default void ended(String uuid) {
        // Nothing is kept.
    }

    /** Sends a round that this owner will not answer to the next one. */
    void pass(String uuid, OwnerCommand.Ask ask);

    /** An owner that stays where it is. */
    Placement NONE = new Placement() {
        @Override
        public void move(String uuid, Recipient<FromOwner> user) {
            // Nobody to hand over to.
        }

        @Override
        public void stay(String uuid) {
            // Nobody asks.
        }

        @Override
        public void pass(String uuid, OwnerCommand.Ask ask) {
            // It comes again by itself.
        }
    };
}
