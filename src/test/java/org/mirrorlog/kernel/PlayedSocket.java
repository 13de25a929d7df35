package org.mirrorlog.kernel;

import java.util.Optional;

/** A socket of a test, which keeps nothing and knows nobody by name. */
abstract class PlayedSocket implements ConnectorSocket {
    private final ConnectorMeter meter = new ConnectorMeter();

    @Override
    public final ConnectorMeter meter() {
        return meter;
    }

    @Override
    public final boolean isKept() {
        return false;
    }

    @Override
    public final Optional<Peer> peerNamed(String name) {
        return Optional.empty();
    }

    @Override
    public final String name() {
        return "test";
    }
}
