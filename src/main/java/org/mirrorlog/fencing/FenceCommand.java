package org.mirrorlog.fencing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.dmsetup.BoundedCommand;

/**
 * Fences by a program of the operator: its arguments, then the node's name, with its boot id and address in the
 * environment; exit status 0 says that the machine is off.
 */
public final class FenceCommand implements FenceAgent {
    private final List<String> line;
    private final Duration timeout;

    public FenceCommand(List<String> line, Duration timeout) {
        this.line = List.copyOf(line);
        this.timeout = timeout;
    }

    @Override
    public CompletionStage<Void> fence(NodeIdentity who, String address) {
        List<String> whole = new ArrayList<>(line);
        whole.add(who.node());
        return BoundedCommand.run(whole, Map.of("MIRRORLOG_NODE", who.node(), "MIRRORLOG_BOOT_ID", who.incarnation(),
                "MIRRORLOG_ADDRESS", address), timeout, false);
    }
}
