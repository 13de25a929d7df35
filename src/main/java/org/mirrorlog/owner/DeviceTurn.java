package org.mirrorlog.owner;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;
import org.mirrorlog.owner.OwnerCommand.Decided;
import org.mirrorlog.owner.OwnerCommand.DeviceNews;
import org.mirrorlog.owner.OwnerCommand.DeviceWasRead;
import org.mirrorlog.owner.OwnerCommand.DeviceWasWritten;
import org.mirrorlog.owner.OwnerCommand.HeadWasRead;

/**
 * The log device's turn in the work of its owner: one thing at a time, and nothing is decided meanwhile. Used by its
 * owner only; results arrive as its commands.
 */
final class DeviceTurn {
    private final OwnerRuntime runtime;
    private final String uuid;
    private final OwnerDevices devices;
    private final DeviceWriter writer;
    private final Heads heads;
    private final Runnable watcher;
    private final Map<InstanceId, DeviceWasRead> readings = new HashMap<>();
    private boolean isBusy;

    DeviceTurn(OwnerRuntime runtime, String uuid, OwnerSettings settings,
            OwnerPorts around) {
        this.runtime = runtime;
        this.uuid = uuid;
        this.devices = around.devices();
        this.writer = new DeviceWriter(uuid, settings, devices);
        this.heads = around.heads();
        this.watcher = () -> runtime.self().tell(DeviceNews.INSTANCE);
        devices.watch(uuid, watcher);
    }

    /** The owner has stopped. */
    void end() {
        devices.unwatch(uuid, watcher);
    }

    boolean isBusy() {
        return isBusy;
    }

    /** What was under way has ended. */
    void ended() {
        isBusy = false;
    }

    // --- write ----------------------------------------------------------------------------------------------------

    /** Brings a commit to the device; false if there is nothing to bring. */
    boolean write(LogState before, LogState after, List<Decided> decided) {
        if (!after.adoption().map(Adoption::at).equals(before.adoption().map(Adoption::at))) {
            // What the device holds is not what the next commit changes: that brings all of it.
            writer.forget();
        }
        Optional<CompletionStage<DeviceOutcome>> write =
                isNothingPromised(before, after, decided) ? Optional.empty() : writer.write(before, after);
        write.ifPresent(writing -> await(writing, decided));
        return write.isPresent();
    }

    /**
     * Whether nobody is told anything that the device has to hold first; it may not be open here. A death alone, which
     * nobody waits for, dirties and cleans nothing.
     */
    private static boolean isNothingPromised(LogState before, LogState after, List<Decided> decided) {
        boolean isAllDenied = decided.stream().allMatch(one -> Batch.promisesNothing(one.answer()));
        return decided.isEmpty()
                || isAllDenied && before.dirty().equals(after.dirty()) && before.hasActive() == after.hasActive();
    }

    private void await(CompletionStage<DeviceOutcome> writing, List<Decided> decided) {
        isBusy = true;
        writing.whenComplete((outcome, thrown) -> runtime.self().tell(new DeviceWasWritten(decided,
                thrown == null ? outcome : new DeviceOutcome.Unknown(thrown.toString()))));
    }

    /** Whose device it is. */
    InstanceId user(LogState state) {
        return writer.user(state);
    }

    // --- read before an epoch -------------------------------------------------------------------------------------

    /** What was read, by who began the epoch. */
    Map<InstanceId, DeviceWasRead> readings() {
        return readings;
    }

    void read(Round round, LogState state) {
        isBusy = true;
        writer.read(round, state).whenComplete((assessment, thrown) -> runtime.self().tell(new DeviceWasRead(round,
                thrown == null ? assessment : DeviceAssessment.hold("the log device cannot be read: " + thrown))));
    }

    void wasRead(DeviceWasRead read) {
        isBusy = false;
        readings.put(read.round().by(), read);
    }

    // --- read back now and then -----------------------------------------------------------------------------------

    /** A deposed owner would rewrite what its successor has written: only one that is proven reads its device back. */
    void proveTerm(LogState state, String persistenceId, long own) {
        if (!isBusy && writer.isRepairable(state)) {
            heads.of(persistenceId).whenComplete((head, thrown) ->
                    runtime.self().tell(new HeadWasRead(own, thrown == null ? head : HeadWasRead.NOT_KNOWN)));
        }
    }

    /** All commits since the question are this owner's own: another's would have stopped it. */
    void repairIfProven(LogState state, HeadWasRead read, long own) {
        if (read.head() >= read.own() && read.head() <= own && !isBusy && writer.isRepairable(state)) {
            await(writer.repair(state), List.of());
        }
    }
}
