package org.mirrorlog.owner;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/** What a commit means for the log device. Used by its owner's actor only. */
final class DeviceWriter {
    private final String uuid;
    private final OwnerSettings settings;
    private final LogDevices devices;

    DeviceWriter(String uuid, OwnerSettings settings, LogDevices devices) {
        this.uuid = uuid;
        this.settings = settings;
        this.devices = devices;
    }

    /** Reads the device of the instance that begins an epoch, and judges what it says. */
    CompletionStage<Judgement> read(Round round, LogState state, boolean isAdopted) {
        long regionCount = Geometry.of(((Ask.Resume) round.ask()).spec()).regionCount();
        return devices.read(uuid, round.by())
                .thenApply(contents -> Judgement.of(contents, state, settings.journalId(), isAdopted, regionCount));
    }

    /**
     * Starts the write that must end before the commit is answered; empty if there is none.
     *
     * @param isTakeover first commit of this owner: the device may hold an older owner's bits (D20)
     */
    Optional<CompletionStage<Optional<DeviceHealth>>> write(LogState before, LogState after, boolean isTakeover) {
        boolean isDisk = after.geometry().filter(g -> g.type() == LogSpec.LogType.DISK).isPresent();
        if (!isDisk || after.health().isFailed() || !before.hasActive() && !after.hasActive()) {
            return isTakeover ? Optional.empty() : lateClears(before, after, isDisk);
        }
        InstanceId user = user(after.hasActive() ? after : before);
        long count = after.regionCount();
        if (!after.hasActive()) {
            return Optional.of(devices.settle(uuid, user, after.dirty(), count, header(after, false)));
        }
        if (isTakeover || !before.hasActive() || !user.equals(user(before))) {
            return Optional.of(devices.format(uuid, user, after.dirty(), count, header(after, true)));
        }
        return update(before, after, user);
    }

    private Optional<CompletionStage<Optional<DeviceHealth>>> update(LogState before, LogState after, InstanceId user) {
        RegionSet dirtied = after.dirty().minus(before.dirty());
        RegionSet cleaned = before.dirty().minus(after.dirty());
        if (dirtied.isEmpty() && cleaned.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(devices.update(uuid, user, after.dirty(), after.regionCount(), dirtied.with(cleaned),
                !dirtied.isEmpty()));
    }

    /** A CLEAR that trails the suspend, handed on while the suspended table still has the device open (D13). */
    private Optional<CompletionStage<Optional<DeviceHealth>>> lateClears(LogState before, LogState after, boolean isDisk) {
        boolean isLate = isDisk && !after.health().isFailed() && !before.dirty().equals(after.dirty());
        InstanceId user = isLate ? user(after) : null;
        return isLate && devices.has(uuid, user) ? update(before, after, user) : Optional.empty();
    }

    private PrivateHeader header(LogState state, boolean isActive) {
        return new PrivateHeader(settings.journalId(), settings.cluster(), isActive, state.number());
    }

    /** The instance of this machine whose device is written: one in a session, else one that has left. */
    InstanceId user(LogState state) {
        InstanceId left = new InstanceId(settings.incarnation(), 0);
        for (Map.Entry<InstanceId, Member> entry : state.members().entrySet()) {
            boolean isHere = entry.getKey().incarnation().equals(settings.incarnation());
            if (isHere && entry.getValue().isActive()) {
                return entry.getKey();
            }
            left = isHere ? entry.getKey() : left;
        }
        return left;
    }
}
