package org.mirrorlog.management;

import java.util.List;
import java.util.Objects;

/**
 * A log that may be retired, as JSON.
 *
 * @param number commits so far
 * @param dirty number of dirty regions
 * @param isLossless whether its state stays as it is; else every region is dirty afterwards
 * @param tables nodes whose tables of this log were not destroyed, as far as it knows
 * @param user who may still write, so that it is not retired; null if nobody may
 */
public record RetirementView(String uuid, long number, long regionCount, long dirty, boolean isLossless,
        List<String> tables, String user) {
    public RetirementView {
        Objects.requireNonNull(uuid, "uuid");
        tables = List.copyOf(tables);
    }
}
