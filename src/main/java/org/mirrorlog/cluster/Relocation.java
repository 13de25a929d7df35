package org.mirrorlog.cluster;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.cluster.Cluster;
import akka.cluster.sharding.external.ExternalShardAllocation;
import akka.cluster.sharding.external.javadsl.ExternalShardAllocationClient;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.owner.ActorRecipient;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.Placement;
import org.mirrorlog.owner.Recipient;

/**
 * Tells the cluster where logs belong. The coordinator hands a log over where its location says so; a location whose
 * node is gone counts for nothing, the log then goes to whoever asks first. Thread-safe.
 */
final class Relocation implements Placement {
    private final ActorSystem<?> system;
    private final Address self;
    private final ExternalShardAllocationClient locations;
    private final BiConsumer<String, OwnerCommand.Ask> sender;
    private final Consumer<String> whenEnded;

    Relocation(ActorSystem<?> system, String typeName, BiConsumer<String, OwnerCommand.Ask> sender,
            Consumer<String> whenEnded) {
        this.system = system;
        this.self = Cluster.get(system).selfAddress();
        this.locations = ExternalShardAllocation.get(system).getClient(typeName);
        this.sender = sender;
        this.whenEnded = whenEnded;
    }

    @Override
    public void move(String uuid, Recipient<FromOwner> user) {
        ActorRecipient.nodeOf(user).ifPresent(node -> {
            system.log().debug("log {}: belongs on {}", uuid, node);
            locate(uuid, node);
        });
    }

    @Override
    public void stay(String uuid) {
        locate(uuid, self);
    }

    private void locate(String uuid, Address node) {
        locations.setShardLocation(uuid, node).whenComplete((done, failure) -> {
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
