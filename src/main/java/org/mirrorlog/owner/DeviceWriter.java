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
    /** Whose device this owner has rewritten: before that it may hold an older owner's bits (D20). */
    private InstanceId takenOver;

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
     */
    Optional<CompletionStage<Optional<DeviceHealth>>> write(LogState before, LogState after) {
        boolean isDisk = after.geometry().filter(g -> g.type() == LogSpec.LogType.DISK).isPresent();
        if (!isDisk || after.health().isFailed()) {
            return Optional.empty();
        }
        InstanceId user = user(after.hasActive() ? after : before);
        boolean isOurs = user.equals(takenOver);
        if (!before.hasActive() && !after.hasActive()) {
            // A CLEAR that trails the suspend (D13), while the suspended table still has the device open.
            return isOurs && devices.has(uuid, user) ? update(before, after, user) : Optional.empty();
        }
        long count = after.regionCount();
        if (isOurs && before.hasActive()) {
            return after.hasActive() ? update(before, after, user)
                    : Optional.of(devices.settle(uuid, user, after.dirty(), count, header(after, false)));
        }
        takenOver = user;
        return Optional.of(devices.format(uuid, user, after.dirty(), count, header(after, after.hasActive())));
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
