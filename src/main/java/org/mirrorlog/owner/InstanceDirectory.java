package org.mirrorlog.owner;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;

/** The instances that have asked this owner: where they are, and whether their log device is open there. */
final class InstanceDirectory {
    /** More instances than a log ever has at a time; the longest silent ones make room. */
    private static final int MOST = 1024;

    private record Asker(String node, DeviceStatus device, Recipient<FromOwner> ref) { }

    private final String incarnation;
    private final Map<InstanceId, Asker> latest = new LinkedHashMap<>();

    InstanceDirectory(String incarnation) {
        this.incarnation = incarnation;
    }

    void heard(OwnerCommand.Ask ask) {
        InstanceId id = ask.round().by();
        latest.remove(id);
        latest.put(id, new Asker(ask.round().node(), ask.device(), ask.replyTo()));
        if (latest.size() > MOST) {
            latest.remove(latest.keySet().iterator().next());
        }
    }

    boolean isHere(InstanceId id) {
        return id.incarnation().equals(incarnation);
    }

    /** By incarnation, the names of the nodes that have asked. */
    Map<String, String> nodes() {
        Map<String, String> nodes = new LinkedHashMap<>();
        latest.forEach((id, asker) -> nodes.put(id.incarnation(), asker.node()));
        return nodes;
    }

    /** Who is told what; nobody if this instance was never heard. */
    Optional<Recipient<FromOwner>> of(InstanceId id) {
        return Optional.ofNullable(latest.get(id)).map(Asker::ref);
    }

    /** Whether this instance has said itself that its log device was tried in vain. */
    boolean isWithoutDevice(InstanceId id) {
        Asker asker = latest.get(id);
        return asker != null && asker.device().isHopeless();
    }

    /** Whether this instance was heard, and with its device open if that matters. */
    boolean isReady(InstanceId id, boolean needsDevice) {
        Asker asker = latest.get(id);
        return asker != null && (asker.device().isOpen() || !needsDevice);
    }

    /** The one heard last of these instances that runs on another node and with its device open if that matters. */
    Optional<Recipient<FromOwner>> elsewhere(Predicate<InstanceId> wanted, boolean needsDevice) {
        return latest.entrySet().stream().filter(e -> !isHere(e.getKey()) && wanted.test(e.getKey()))
                .filter(e -> e.getValue().device().isOpen() || !needsDevice)
                .map(e -> e.getValue().ref()).filter(Recipient::isElsewhere).reduce((older, newer) -> newer);
    }

    /** Forgets who is no member any more and was not heard just now. */
    void keep(LogState state) {
        latest.keySet().removeIf(id -> latest.size() > MOST / 2 && !state.members().containsKey(id));
    }
}
