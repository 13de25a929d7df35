package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.dispatch.DispatcherPrerequisites;
import akka.dispatch.ExecutorServiceConfigurator;
import akka.dispatch.ExecutorServiceFactory;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

class NodeTest {
    @TempDir
    private Path directory;

    private Node start(String... more) throws StartException {
        return Node.start(Settings.read(Settings.load(ConfigFactory.parseString(
                "mirrorlog.data-dir = \"" + directory.resolve("data") + "\"\n"
                + "mirrorlog.kernel { connector = unix, unix-path = \"" + directory.resolve("kernel") + "\" }\n"
                + "akka.management.http.port = 0\n" + String.join("\n", more))), MachineIdentity.current()), List.of());
    }

    /** As an actor whose thread hangs: what the kernel waits for is the next start, not an orderly end. */
    private static Behavior<Object> stopsAfter(CountDownLatch released, CountDownLatch stopping) {
        return Behaviors.receive(Object.class).onSignal(PostStop.class, signal -> {
            stopping.countDown();
            released.await();
            return Behaviors.same();
        }).build();
    }

    @Test
    @Timeout(30)
    void shouldEndAlthoughAnActorDoesNot() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch stopping = new CountDownLatch(1);
        Node node = start();
        node.system().systemActorOf(stopsAfter(released, stopping), "never-stops", Props.empty());

        node.close();

        assertTrue(stopping.await(0, TimeUnit.SECONDS), "it was told to");
        assertFalse(node.system().getWhenTerminated().toCompletableFuture().isDone());
        released.countDown();
        node.system().getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** A dispatcher that begins whatever it is given a while later. */
    public static final class Slow extends ExecutorServiceConfigurator {
        private static final long LATER_MS = 20;

        public Slow(Config config, DispatcherPrerequisites prerequisites) {
            super(config, prerequisites);
        }

        @Override
        public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
            return () -> new ScheduledThreadPoolExecutor(1, threads) {
                @Override
                public void execute(Runnable task) {
                    schedule(task, LATER_MS, TimeUnit.MILLISECONDS);
                }
            };
        }
    }

    /** Akka waits 3 s for its port, and then throws what Java's compiler has not been told of. */
    @Test
    @Timeout(30)
    void shouldSayThatItDoesNotStartWhereAkkaWaitsInVainForItsPort() {
        StartException refusal = assertThrows(StartException.class,
                () -> start("akka.remote.artery.bind.bind-timeout = 1 ms",
                        "akka.remote.default-remote-dispatcher.executor = \"" + Slow.class.getName() + '"').close());

        assertTrue(refusal.getMessage().contains("timed out"), refusal::getMessage);
    }
}
