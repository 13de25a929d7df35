package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/**
 * Whether this node may own a log as it is, and where else the log belongs (D20): only a node whose kernel uses a disk
 * log writes its device, through the descriptor that its own table opened.
 */
final class PlacementPolicy {
    private final String uuid;
    private final OwnerDevices devices;
    private final InstanceDirectory directory;

    PlacementPolicy(String uuid, OwnerDevices devices, InstanceDirectory directory) {
        this.uuid = uuid;
        this.devices = devices;
        this.directory = directory;
    }

    static boolean isDisk(LogState state) {
        return state.geometry().filter(g -> g.type() == LogSpec.LogType.DISK).isPresent();
    }

    private boolean isUsedHere(LogState state) {
        return state.members().entrySet().stream()
                .anyMatch(e -> e.getValue().isActive() && directory.isHere(e.getKey()));
    }

    private boolean isOpen(InstanceId id) {
        return devices.has(uuid, id);
    }

    /** A table here whose device nobody has tried to open yet, or which is being opened: it may still come to it. */
    private boolean isHopeHere(LogState state) {
        return state.members().entrySet().stream().anyMatch(e -> e.getValue().isActive() && directory.isHere(e.getKey())
                && !devices.status(uuid, e.getKey()).isHopeless());
    }

    /**
     * Whether this node can bring the state to the log device, or need not. Where every node in a session has tried to
     * open the device in vain, each can as little as this one: then the log device has failed. Not opened yet is not in
     * vain.
     */
    boolean isWritable(LogState state) {
        if (!isDisk(state) || !state.hasActive() || state.health().isFailed()) {
            return true;
        }
        boolean isOpenHere = state.members().entrySet().stream().anyMatch(e -> e.getValue().isActive()
                && directory.isHere(e.getKey()) && isOpen(e.getKey()));
        boolean isHopeElsewhere = state.members().entrySet().stream().anyMatch(e -> e.getValue().isActive()
                && !directory.isHere(e.getKey()) && !directory.isWithoutDevice(e.getKey()));
        return isOpenHere || isUsedHere(state) && !isHopeHere(state) && !isHopeElsewhere;
    }

    /** Whether this round may lead from one state to the other here. */
    boolean mayLead(LogState before, LogState after, Round round) {
        boolean isOfHere = directory.isHere(round.by());
        return isOfHere && givesUp(round) || isWritable(after) && (isOfHere || isWritable(before));
    }

    /** Whether a round of this node ends what made it fit to own the log: nothing else goes into that commit. */
    boolean isEnd(LogState before, LogState after) {
        return isWritable(before) && !isWritable(after);
    }

    boolean isOfHere(InstanceId id) {
        return directory.isHere(id);
    }

    /**
     * Those that may make this node fit come first, those that end its fitness last; within an instance one waits at a
     * time.
     */
    List<OwnerCommand.Ask> inOrder(List<OwnerCommand.Ask> waiting) {
        List<OwnerCommand.Ask> first = new ArrayList<>(waiting.size());
        List<OwnerCommand.Ask> middle = new ArrayList<>(waiting.size());
        List<OwnerCommand.Ask> last = new ArrayList<>();
        for (OwnerCommand.Ask ask : waiting) {
            Ask asked = ask.round().ask();
            boolean isOfHere = directory.isHere(ask.round().by());
            boolean goes = asked instanceof Ask.Leave || asked instanceof Ask.Forget;
            (!isOfHere ? middle : comesIn(ask.round()) ? first : goes ? last : middle).add(ask);
        }
        first.addAll(middle);
        first.addAll(last);
        return first;
    }

    /**
     * Where the log should be, if not here: where it is used and its device is open. Whoever waits for that is looked
     * at first, for of the others nobody knows whether they are still there. Who comes in, or gives up, can be served
     * where he is though no user of the log is known there.
     */
    Optional<Recipient<FromOwner>> better(LogState state, List<OwnerCommand.Ask> heldBack) {
        if (state.hasActive() && (isDisk(state) ? isUsedHere(state) && isWritable(state) : isUsedHere(state))) {
            return Optional.empty();
        }
        return elsewhere(heldBack, ask -> isActive(state, ask.round().by()), isDisk(state))
                .or(() -> elsewhere(heldBack, ask -> !state.hasActive() || comesIn(ask.round()), true))
                .or(() -> elsewhere(heldBack, ask -> givesUp(ask.round()), false))
                .or(() -> directory.elsewhere(id -> isActive(state, id), isDisk(state)));
    }

    /** Incarnations of other nodes that may own the log as well; first those that are known to be able to. */
    List<String> others(LogState state) {
        Set<String> others = new LinkedHashSet<>();
        for (boolean isKnown : new boolean[] {true, false}) {
            state.members().keySet().stream().filter(id -> isActive(state, id) && !directory.isHere(id))
                    .filter(id -> isKnown ? directory.isReady(id, isDisk(state))
                            : !isDisk(state) || !directory.isWithoutDevice(id))
                    .forEach(id -> others.add(id.incarnation()));
        }
        return List.copyOf(others);
    }

    private Optional<Recipient<FromOwner>> elsewhere(List<OwnerCommand.Ask> heldBack,
            Predicate<OwnerCommand.Ask> wanted, boolean needsDevice) {
        return heldBack.stream().filter(wanted).map(ask -> ask.round().by())
                .map(by -> directory.elsewhere(by::equals, needsDevice)).flatMap(Optional::stream).findFirst();
    }

    private static boolean isActive(LogState state, InstanceId id) {
        return state.members().containsKey(id) && state.members().get(id).isActive();
    }

    private static boolean comesIn(Round round) {
        return round.ask() instanceof Ask.Resume || round.ask() instanceof Ask.Rejoin;
    }

    private static boolean givesUp(Round round) {
        return round.ask() instanceof Ask.Leave || round.ask() instanceof Ask.Forget
                || round.ask() instanceof Ask.HandOn;
    }
}
