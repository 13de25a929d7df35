package org.mirrorlog.owner;

import java.util.Optional;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.Rules;

/** How a round is decided: {@link org.mirrorlog.log.Decider#decide}, and in a daemon nothing else. */
@FunctionalInterface
public interface RoundDecider {
    /** Empty: the round is from before something that was executed, and is passed over (D5). */
    Optional<Decision> decide(LogState state, ResyncRequests requests, Rules rules, Round round,
            Optional<DeviceReport> device);
}
