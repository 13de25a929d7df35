package org.mirrorlog.kernel;

import java.util.Map;
import org.mirrorlog.protocol.Decoded;

/**
 * What the connector has seen since it was opened.
 *
 * @param received datagrams from kernels that may be served, rejected ones included
 * @param rejected of these, how many broke which rule of the codec; every rule is a key
 * @param overruns how often the receive queue was found to have overflowed; each time kernels reconnect
 * @param foreignSenders datagrams dropped because of their sender: not the kernel, or a user who may not ask
 * @param unnamedSenders datagrams dropped because their sender has no address to answer to
 * @param sent datagrams handed to kernels
 * @param sendRetries further attempts that sending took
 * @param sendFailures datagrams given up; the kernel asks again after 15 seconds
 * @param peersGone datagrams for emulated kernels that exist no more
 * @param loopFailures failures of reading or handing over that the receive loop survived
 */
public record ConnectorCounters(long received, Map<Decoded.Reason, Long> rejected, long overruns, long foreignSenders,
                                long unnamedSenders, long sent, long sendRetries, long sendFailures, long peersGone,
                                long loopFailures) {
    public ConnectorCounters {
        rejected = Map.copyOf(rejected);
    }

    /** All rejected datagrams. */
    public long rejectedTotal() {
        return rejected.values().stream().mapToLong(Long::longValue).sum();
    }
}
