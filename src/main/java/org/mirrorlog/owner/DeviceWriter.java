package org.mirrorlog.owner;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;

/** What a commit means for the log device. Used by its owner only. */
final class DeviceWriter {
    private final String uuid;
    private final OwnerSettings settings;
    private final OwnerDevices devices;
    /** Whose device this owner has rewritten: before that it may hold an older owner's bits (D20). */
    private InstanceId takenOver;

    DeviceWriter(String uuid, OwnerSettings settings, OwnerDevices devices) {
        this.uuid = uuid;
        this.settings = settings;
        this.devices = devices;
    }

    /** The log was adopted: all of the device is to be written before anything else is answered. */
    void forget() {
        takenOver = null;
    }

    /** Reads the device of the instance that begins an epoch, and judges what it says. */
    CompletionStage<DeviceAssessment> read(Round round, LogState state) {
        long regionCount = Geometry.of(((Ask.Resume) round.ask()).spec()).regionCount();
        boolean isAdopted = state.adoption().filter(Adoption::isFresh).isPresent();
        return devices.read(uuid, round.by()).thenApply(contents ->
                contents.map(found -> DeviceAssessment.of(found, state, settings.journalId(), isAdopted, regionCount))
                .orElse(DeviceAssessment.hold("the log device is not open on this node")));
    }

    /**
     * Starts the write that must end before the commit is answered; empty if there is none. No node but one whose
     * kernel uses the log writes its device: where that has just ended here, the device is left to the next owner.
     */
    Optional<CompletionStage<DeviceOutcome>> write(LogState before, LogState after) {
        if (!PlacementPolicy.isDisk(after) || after.health().isFailed()) {
            return Optional.empty();
        }
        if (!before.hasActive() && !after.hasActive()) {
            // A CLEAR that trails the suspend (D13), while the suspended table still has the device open.
            InstanceId left = user(before);
            return left.equals(takenOver) && devices.has(uuid, left) ? update(before, after, left) : Optional.empty();
        }
        Optional<InstanceId> user = active(after.hasActive() ? after : before);
        if (user.isEmpty() || !after.hasActive() && !devices.has(uuid, user.get())) {
            takenOver = null;
            return Optional.empty();
        }
        boolean isOurs = user.get().equals(takenOver);
        if (isOurs && before.hasActive() && !isNewSession(before, after, user.get())) {
            return after.hasActive() ? update(before, after, user.get())
                    : Optional.of(devices.settle(uuid, user.get(), bits(after), header(after, false)));
        }
        takenOver = user.get();
        return Optional.of(devices.format(uuid, user.get(), bits(after), header(after, after.hasActive())));
    }

    /**
     * A table that counted as resumed was resumed once more: where that begins an epoch, the device was read before it.
     */
    private static boolean isNewSession(LogState before, LogState after, InstanceId user) {
        Member old = before.members().get(user);
        return after.hasActive() && (old == null || old.session() != after.members().get(user).session());
    }

    /** Whether this owner has the device in use, and it has nothing else to do: then it may be read back (D20). */
    boolean isRepairable(LogState state) {
        boolean isOurs = takenOver != null && active(state).equals(Optional.of(takenOver));
        return isOurs && PlacementPolicy.isDisk(state) && !state.health().isFailed()
                && devices.isQuiet(uuid, takenOver);
    }

    /** Repairs what a predecessor may have written late; only after {@link #isRepairable}. */
    CompletionStage<DeviceOutcome> repair(LogState state) {
        return devices.repair(uuid, takenOver, bits(state));
    }

    private Optional<CompletionStage<DeviceOutcome>> update(LogState before, LogState after, InstanceId user) {
        RegionSet dirtied = after.dirty().minus(before.dirty());
        RegionSet cleaned = before.dirty().minus(after.dirty());
        if (dirtied.isEmpty() && cleaned.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(devices.update(uuid, user, bits(after),
                new OwnerDevices.Change(dirtied.with(cleaned), !dirtied.isEmpty())));
    }

    private static OwnerDevices.Bits bits(LogState state) {
        return new OwnerDevices.Bits(state.dirty(), state.regionCount());
    }

    private PrivateHeader header(LogState state, boolean isActive) {
        return new PrivateHeader(settings.journalId(), settings.cluster(), isActive, state.number());
    }

    /**
     * The instance of this machine whose device is written: in a session, with its device open if there is one such.
     */
    private Optional<InstanceId> active(LogState state) {
        Optional<InstanceId> found = Optional.empty();
        for (Map.Entry<InstanceId, Member> entry : state.members().entrySet()) {
            if (isHere(entry.getKey()) && entry.getValue().isActive()
                    && (found.isEmpty() || !devices.has(uuid, found.get()))) {
                found = Optional.of(entry.getKey());
            }
        }
        return found;
    }

    private boolean isHere(InstanceId id) {
        return id.incarnation().equals(settings.incarnation());
    }

    /** The same, or else one that has left. */
    InstanceId user(LogState state) {
        return active(state).orElseGet(() -> state.members().keySet().stream().filter(this::isHere)
                .reduce((first, second) -> second).orElse(new InstanceId(settings.incarnation(), 0)));
    }
}
