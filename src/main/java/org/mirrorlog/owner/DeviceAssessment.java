package org.mirrorlog.owner;

import java.util.Optional;
import java.util.UUID;
import org.mirrorlog.device.Contents;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;

/**
 * Whether what a log device says may be believed, given what the journal says (D21).
 *
 * @param report for the decision; empty: not to be believed, hold
 * @param holdReason why it is held; empty where there is a report
 * @param heard number of the log that the device has seen; 0: of none
 */
record DeviceAssessment(Optional<DeviceReport> report, String holdReason, long heard) {
    static DeviceAssessment of(Contents contents, LogState state, UUID journalId, boolean isAdopted, long regionCount) {
        long heard = contents instanceof Contents.Readable readable
                ? readable.header().map(PrivateHeader::logNumber).orElse(0L) : 0;
        DeviceAssessment assessment = judged(contents, state, journalId, isAdopted, regionCount);
        return new DeviceAssessment(assessment.report(), assessment.holdReason(), heard);
    }

    private static DeviceAssessment judged(Contents contents, LogState state, UUID journalId, boolean isAdopted,
            long regionCount) {
        if (contents instanceof Contents.Readable readable) {
            Optional<String> doubt = readable.header().flatMap(header -> doubt(header, state, journalId));
            if (doubt.isPresent()) {
                return isAdopted ? believe(new DeviceReport.Unknown("adopted: " + doubt.get()))
                        : hold(doubt.get() + "; bring that journal back, or adopt the log"
                        + " (mirrorlogctl adopt): every region is then resynced");
            }
            return believe(new DeviceReport.Readable(readable.nrRegions(), clean(readable, regionCount)));
        }
        return believe(contents.isNosyncApplicable() ? new DeviceReport.Blank()
                : new DeviceReport.Unknown(contents.toString()));
    }

    static DeviceAssessment hold(String reason) {
        return new DeviceAssessment(Optional.empty(), reason, 0);
    }

    private static DeviceAssessment believe(DeviceReport report) {
        return new DeviceAssessment(Optional.of(report), "", 0);
    }

    /** An active log belongs to the journal that knows of its dirty regions. */
    private static Optional<String> doubt(PrivateHeader header, LogState state, UUID journalId) {
        if (!header.isActive()) {
            return Optional.empty();
        }
        if (!header.journalId().equals(journalId)) {
            return Optional.of("the log device is in use under journal " + header.journalId() + ", ours is "
                    + journalId);
        }
        if (Long.compareUnsigned(header.logNumber(), state.number()) > 0) {
            return Optional.of("the log device has seen commit " + header.logNumber() + ", the journal ends at "
                    + state.number());
        }
        return Optional.empty();
    }

    private static RegionSet clean(Contents.Readable readable, long regionCount) {
        boolean isPartial = Long.compareUnsigned(readable.nrRegions(), regionCount) < 0;
        return RegionSet.fromBits(readable.bits().bytes(), 0, isPartial ? readable.nrRegions() : regionCount);
    }
}
