package org.mirrorlog.operations;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.owner.DeviceStatus;
import org.mirrorlog.owner.LogDevices;

/** What is wrong with this machine's tables, and with their log devices as this machine has them. */
public final class TableHealth {
    /** Whoever waits for longer notices it. */
    static final Duration HELD_AFTER = Duration.ofSeconds(5);

    private final BiFunction<String, Long, LogDevices.Look> devices;

    /** @param devices the log device of a table, by uuid and luid */
    public TableHealth(BiFunction<String, Long, LogDevices.Look> devices) {
        this.devices = devices;
    }

    public List<Concern> of(List<TableView> tables) {
        List<Concern> wrong = new ArrayList<>();
        for (TableView table : tables) {
            String log = "log " + table.key();
            if (table.trouble().isPresent()) {
                wrong.add(new Concern(HealthCode.MIRROR_LOG_HELD, log, "it is not served: " + table.trouble().get()));
            } else {
                table.waiting().stream().filter(one -> one.forMs() >= HELD_AFTER.toMillis()).findFirst()
                        .ifPresent(one -> wrong.add(new Concern(HealthCode.MIRROR_LOG_HELD, log, String.format(
                                Locale.ROOT, "%s waits for %d s%s", one.type(), one.forMs() / 1_000,
                                one.why().isEmpty() ? "" : ": " + one.why()))));
            }
            if (table.isExposed()) {
                wrong.add(new Concern(HealthCode.RECORD_LOST, log, "until it is suspended"));
            }
            table.spec().device().ifPresent(path -> ofDevice(table, path, wrong));
        }
        return wrong;
    }

    private void ofDevice(TableView table, String path, List<Concern> wrong) {
        String log = "log " + table.key().uuid();
        LogDevices.Look look = devices.apply(table.key().uuid(), table.key().luid());
        if (look.lateMs() > 0) {
            wrong.add(new Concern(HealthCode.LOG_DEVICE_SLOW, log,
                    "the log device " + path + " has not answered for " + look.lateMs() / 1_000 + " s"));
        }
        if (look.status() == DeviceStatus.FAILED || look.status() == DeviceStatus.REFUSED) {
            wrong.add(new Concern(HealthCode.LOG_DEVICE_FAILED, log,
                    "the log device " + path + " is " + look.status().word() + " on this machine"));
        }
    }
}
