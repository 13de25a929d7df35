package org.mirrorlog.daemon;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.device.DeviceInfo;
import org.mirrorlog.device.DeviceRefused;
import org.mirrorlog.dmsetup.MirrorWaker;
import org.mirrorlog.dmsetup.Reactivator;
import org.mirrorlog.instance.InstanceEnvironment;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.OpenedDevice;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Round;
import org.mirrorlog.logging.Failures;
import org.mirrorlog.logging.Incidents;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;

/**
 * Connects the tables of this machine with the owners of their logs and with their log devices. Nothing here blocks.
 */
final class TableSurroundings implements InstanceEnvironment {
    private final String incarnation;
    private final LogSharding owners;
    private final LogDevices devices;
    private final Incidents incidents;
    private final KernelBridge.Ports bridge;
    private final Optional<MirrorWaker> waker;
    private final Reactivator reactivator;

    TableSurroundings(LogService.Parts parts, KernelBridge.Ports bridge) {
        this.incarnation = parts.incarnation();
        this.owners = parts.owners();
        this.devices = parts.devices();
        this.incidents = parts.incidents();
        this.bridge = bridge;
        this.waker = parts.waker();
        this.reactivator = parts.reactivator();
    }

    @Override
    public void send(Round round) {
        owners.send(round, bridge.answers());
    }

    @Override
    public void openDevice(InstanceKey key, LogSpec spec) {
        devices.open(key.uuid(), id(key), spec.device().orElseThrow(), spec.regionCount())
                .whenComplete((info, failure) -> bridge.self().tell(outcome(key, info, failure)));
    }

    @Override
    public void reopenDevice(InstanceKey key, LogSpec spec) {
        devices.reopen(key.uuid(), id(key), spec.device().orElseThrow(), spec.regionCount())
                .whenComplete((info, failure) -> bridge.self().tell(outcome(key, info, failure)));
    }

    private static KernelBridge.Message outcome(InstanceKey key, DeviceInfo info, Throwable failure) {
        if (failure == null) {
            return new KernelBridge.DeviceOpened(key, new OpenedDevice(info.major(), info.minor()));
        }
        Throwable cause = Failures.cause(failure);
        if (cause instanceof DeviceRefused refused) {
            return new KernelBridge.DeviceRefused(key, errno(refused.errno()), refused.getMessage());
        }
        Errno errno = cause instanceof IOException ? Errno.EIO : Errno.EINVAL;
        return new KernelBridge.DeviceRefused(key, errno, "the log device cannot be opened: " + cause);
    }

    /**
     * The kernel hands the number to whoever loads the table; those that this program has no name for read as EINVAL.
     */
    private static Errno errno(int number) {
        return Arrays.stream(Errno.values()).filter(errno -> errno.number() == number).findFirst().orElse(Errno.EINVAL);
    }

    @Override
    public void closeDevice(InstanceKey key) {
        devices.close(key.uuid(), id(key))
                .whenComplete((isClosed, failure) -> bridge.self().tell(new KernelBridge.DeviceClosed(key)));
    }

    @Override
    public void wake(InstanceKey key) {
        waker.ifPresentOrElse(kernel -> kernel.wake(key.uuid()), () -> reactivator.wake(key.uuid()));
    }

    @Override
    public void reactivate(InstanceKey key) {
        reactivator.reactivate(key.uuid());
    }

    @Override
    public void threw(InstanceKey key, Throwable cause) {
        incidents.threw(key, cause);
    }

    @Override
    public void warn(InstanceKey key, String incident) {
        incidents.warn(key, incident);
    }

    @Override
    public void condemned(InstanceKey key) {
        incidents.error(key, "this kernel (boot id " + incarnation
                + ") " + NodeState.DEAD.says() + ", but it runs: nothing of it is served any more."
                + " Power it off; what it writes from here on may be lost or make legs differ");
    }

    private InstanceId id(InstanceKey key) {
        return new InstanceId(incarnation, key.luid());
    }
}
