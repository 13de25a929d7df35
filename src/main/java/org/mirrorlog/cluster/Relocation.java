package org.mirrorlog.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.sharding.external.ExternalShardAllocation;
import akka.cluster.sharding.external.javadsl.ExternalShardAllocationClient;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.owner.ActorRecipient;
import org.mirrorlog.owner.Draining;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.Placement;
import org.mirrorlog.owner.Recipient;

/**
 * Tells the cluster where logs belong. The coordinator hands a log over where its location says so; a location whose
 * node is gone counts for nothing, the log then goes to whoever asks first. Thread-safe.
 */
final class Relocation implements Placement {
    /**
     * What follows an owner.
     *
     * @param sender of what it did not answer
     * @param whenEnded told the name of a log that no table uses
     */
    record Next(BiConsumer<String, OwnerCommand.Ask> sender, Consumer<String> whenEnded) { }

    private final ActorSystem<?> system;
    private final Address self;
    private final ExternalShardAllocationClient locations;
    private final BiConsumer<String, OwnerCommand.Ask> sender;
    private final Consumer<String> whenEnded;
    private final Draining draining;

    Relocation(ActorSystem<?> system, String typeName, Next next, Draining draining) {
        this.system = system;
        this.self = Cluster.get(system).selfAddress();
        this.locations = ExternalShardAllocation.get(system).getClient(typeName);
        this.sender = next.sender();
        this.whenEnded = next.whenEnded();
        this.draining = draining;
    }

    @Override
    public void move(String uuid, Recipient<FromOwner> user) {
        ActorRecipient.nodeOf(user).ifPresent(node -> {
            system.log().debug("log {}: belongs on {}", uuid, node);
            locate(uuid, node);
        });
    }

    @Override
    public void came(String uuid, Runnable whenDrained) {
        draining.came(uuid, whenDrained);
    }

    @Override
    public void went(String uuid, Runnable whenDrained) {
        draining.went(uuid, whenDrained);
    }

    @Override
    public void offer(String uuid, Supplier<List<String>> users) {
        if (draining.isOn()) {
            draining.next(uuid, users.get()).map(KnownNodes.others(Cluster.get(system).state(), self)::get)
                    .ifPresent(node -> {
                        system.log().info("log {}: given to {}, for this node is drained", uuid, node);
                        locate(uuid, node);
                    });
        }
    }

    @Override
    public void stay(String uuid) {
        locate(uuid, self);
    }

    private void locate(String uuid, Address node) {
        locations.setShardLocation(EntityIds.of(uuid), node).whenComplete((done, failure) -> {
            if (failure != null) {
                system.log().warn("log {}: its place, {}, could not be told: {}", uuid, node, failure.toString());
            }
        });
    }

    @Override
    public void ended(String uuid) {
        whenEnded.accept(uuid);
    }

    @Override
    public void pass(String uuid, OwnerCommand.Ask ask) {
        sender.accept(uuid, ask);
    }
}
