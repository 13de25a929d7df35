package org.mirrorlog.cluster;

import akka.actor.ExtendedActorSystem;
import akka.persistence.testkit.PersistenceTestKitPlugin;
import akka.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import akka.serialization.SerializerWithStringManifest;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import org.mirrorlog.owner.MessageSerializer;

/** The encoding of messages between nodes, as another build has it: like that of this one, where nothing is said. */
abstract class OtherBuild extends SerializerWithStringManifest {
    /** That of this build. */
    static final String CURRENT = MessageSerializer.class.getName();

    private final MessageSerializer known;

    OtherBuild(ExtendedActorSystem system) {
        known = new MessageSerializer(system);
    }

    @Override
    public int identifier() {
        return known.identifier();
    }

    @Override
    public String manifest(Object object) {
        return known.manifest(object);
    }

    @Override
    public byte[] toBinary(Object object) {
        return known.toBinary(object);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        return known.fromBinary(bytes, manifest);
    }

    /** Settings of a node of that build, with a journal of its own in memory. */
    static Config config(String serializer) {
        return ConfigFactory.parseString("""
                mirrorlog.data-dir = /nowhere
                akka.actor.serializers.mirrorlog-messages = "%s"
                akka.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                akka.cluster.seed-nodes = []
                """.formatted(serializer)).withFallback(PersistenceTestKitPlugin.config())
                .withFallback(PersistenceTestKitSnapshotPlugin.config())
                .withFallback(ConfigFactory.load()).resolve();
    }
}
