package org.mirrorlog.daemon;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.operations.ServiceCounters;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.Settings;

/**
 * What a service of logs stands on; first stage of its start.
 *
 * @param served the kernel
 * @param journal open, and looked at now and then
 */
record Ground(Settings settings, ActorSystem<Void> system, LogService.Served served, Journal journal) {
    /** Opens the journal, shows it, and lets the node into its cluster. */
    static Ground open(Settings settings, Node node, LogService.Served served) throws StartException {
        ActorSystem<Void> system = node.system();
        ManagementPort management = ManagementPort.get(system.classicSystem());
        served.places().journal();
        Journal journal = openJournal(system);
        served.places().free();
        management.readyUnless(journal::problem);
        system.scheduler().scheduleWithFixedDelay(CommitHealth.LOOK_EACH, CommitHealth.LOOK_EACH,
                GoesOn.task("who looks at the journal", journal::look), system.executionContext());
        InsidePages.show(management, settings, journal);
        management.measureLogs(settings.doors().mostMeasuredLogs());
        management.count("journal", () -> ServiceCounters.of(journal.counters()));
        management.timeForcedWrites(() -> ServiceCounters.times(journal.counters()));
        node.join(settings, journal.clusterRow());
        served.places().joined(system::terminate);
        return new Ground(settings, system, served, journal);
    }

    private static Journal openJournal(ActorSystem<Void> system) throws StartException {
        try {
            return JournalExtension.get(system).journal();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new StartException("the journal cannot be opened: " + e.getMessage(), e);
        }
    }

    /** Where parts of the service are shown and counted. */
    ManagementPort management() {
        return ManagementPort.get(system.classicSystem());
    }

    /** Does this again and again, on a thread that may be held up. */
    void repeatBlocking(String who, Duration every, Runnable task) {
        system.scheduler().scheduleWithFixedDelay(every, every, GoesOn.task(who, task),
                system.dispatchers().lookup(DispatcherSelector.blocking()));
    }
}
