package org.mirrorlog.kernel;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.instance.InstanceEnvironment;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.Instances;
import org.mirrorlog.instance.OpenedDevice;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.logging.Defects;
import org.mirrorlog.logging.RateLimitedLog;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.ReplySize;
import org.mirrorlog.protocol.UlogRequest;

/**
 * Turns the kernel's messages into calls of {@link Instances}, and their replies into datagrams. The only thread of
 * control over this machine's instances: its mailbox orders requests, answers, devices and time. It outlives whatever a
 * message makes it throw: {@link Instances} keeps that with the table it comes from, and what comes from no table costs
 * that message.
 */
public final class KernelBridge extends AbstractBehavior<KernelBridge.Message> {
    private static final Duration TICK = Duration.ofMillis(100);

    /** What the bridge is told. */
    public sealed interface Message { }

    /**
     * A request of the kernel.
     *
     * @param readNs when it was read, by {@link System#nanoTime}
     */
    public record Requested(UlogRequest request, Peer from, long readNs) implements Message {
        /** One that was read just now. */
        public Requested(UlogRequest request, Peer from) {
            this(request, from, System.nanoTime());
        }
    }

    private record Answered(FromOwner said) implements Message { }

    /** Owners may have moved: rounds without an answer are to be sent again. */
    public enum Resend implements Message { INSTANCE }

    /** The log device that an instance asked for is open. */
    public record DeviceOpened(InstanceKey key, OpenedDevice device) implements Message { }

    /** It cannot be opened. */
    public record DeviceRefused(InstanceKey key, Errno errno, String reason) implements Message { }

    /** The log device of a destroyed instance is closed, or not waited for any more. */
    public record DeviceClosed(InstanceKey key) implements Message { }

    /** Asks for all instances. */
    public record Show(ActorRef<List<TableView>> replyTo) implements Message { }

    /** Is answered as soon as its turn has come, whatever state the tables are in. */
    public record Turn(ActorRef<Turn> replyTo) implements Message { }

    /** Asks whether this machine has heard of a log, or cannot tell. */
    public record HasHeard(String uuid, ActorRef<HeardNumbers.Last> replyTo) implements Message { }

    /** This kernel was declared dead (D16): nothing of it is served any more. */
    public enum DeclaredDead implements Message { INSTANCE }

    /** Somebody died: the owners of this machine's logs are to hear of its tables, also of those that are idle. */
    public enum Greet implements Message { INSTANCE }

    private enum Tick implements Message { INSTANCE }

    /**
     * The bridge's own addresses, for those who answer it.
     *
     * @param self for devices
     * @param answers for what owners say
     */
    public record Ports(ActorRef<Message> self, ActorRef<FromOwner> answers) { }

    /**
     * How replies go out, and what is counted of that.
     *
     * @param sender used by the bridge only
     * @param times written by the bridge only
     * @param open from which it takes what it has replied to
     * @param backlog which each request has entered, and leaves here
     */
    public record Replies(ReplySender sender, RequestTimes times, Optional<OpenRequests> open, Backlog backlog) { }

    private final Instances instances;
    private final ReplySender sender;
    private final RequestTimes times;
    private final Optional<OpenRequests> open;
    private final Backlog backlog;
    private final RateLimitedLog incidents;

    private KernelBridge(ActorContext<Message> context, Function<InstanceEnvironment, Instances> create,
                         Function<Ports, InstanceEnvironment> surround, Consumer<Instances> restore,
                         Replies replies) {
        super(context);
        this.sender = Objects.requireNonNull(replies.sender(), "sender");
        this.times = Objects.requireNonNull(replies.times(), "times");
        this.open = replies.open();
        this.backlog = replies.backlog();
        this.incidents = new RateLimitedLog(context.getLog(), System::nanoTime);
        Ports ports = new Ports(context.getSelf(), context.messageAdapter(FromOwner.class, Answered::new));
        this.instances = create.apply(surround.apply(ports));
        restore.accept(instances);
    }

    /**
     * A bridge.
     *
     * @param create makes the instances, given their surroundings
     * @param surround makes the surroundings, given the bridge's addresses
     * @param restore fills the instances with what earlier starts left
     * @param replies how they go out
     */
    public static Behavior<Message> create(Function<InstanceEnvironment, Instances> create,
            Function<Ports, InstanceEnvironment> surround,
                                           Consumer<Instances> restore, Replies replies) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerAtFixedRate(Tick.INSTANCE, TICK);
            return new KernelBridge(context, create, surround, restore, replies);
        }));
    }

    /** The time that instances live by: milliseconds since some moment, never going back. */
    public static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public Receive<Message> createReceive() {
        return newReceiveBuilder()
                .onMessage(Requested.class, this::requested)
                .onMessage(Answered.class, this::answered)
                .onMessage(Resend.class, resend -> resend())
                .onMessage(Tick.class, tick -> ticked())
                .onMessage(DeviceOpened.class, this::opened)
                .onMessage(DeviceRefused.class, this::refused)
                .onMessage(DeviceClosed.class, this::closed)
                .onMessage(Show.class, this::show)
                .onMessage(Turn.class, this::turned)
                .onMessage(HasHeard.class, this::hasHeard)
                .onMessage(Greet.class, message -> greet())
                .onMessage(DeclaredDead.class, message -> declaredDead())
                .onSignal(PostStop.class, signal -> stopped())
                .build();
    }

    private Behavior<Message> requested(Requested message) {
        backlog.leave();
        Peer from = message.from();
        long readNs = message.readNs();
        return attempt("a request", () -> instances.onRequest(message.request(),
                (request, reply) -> {
                    reply(request, reply, from);
                    times.took(request.uuid(), request.wireType(), System.nanoTime() - readNs);
                }, nowMs()));
    }

    /** A reply that does not fit its request would be taken for another one; silence is better (1.4). */
    private void reply(UlogRequest request, Reply reply, Peer to) {
        if (ReplySize.fits(request, reply)) {
            boolean isSent = sender.send(request, reply, to);
            if (isSent && open.isPresent()) {
                open.get().replied(request.seq());
            }
        } else {
            IllegalStateException wrong = new IllegalStateException("log " + request.uuid() + ": " + reply
                    + " to a request of type " + request.wireType() + ", seq "
                    + Integer.toUnsignedString(request.seq()));
            incidents.error("a reply does not fit its request, and is not sent", wrong);
            Defects.HERE.threw("a reply does not fit its request", wrong);
        }
    }

    private Behavior<Message> answered(Answered message) {
        return attempt("an answer", () -> {
            if (message.said() instanceof Notice notice) {
                instances.onNotice(notice, nowMs());
            } else if (message.said() instanceof RoundAnswer answer) {
                instances.onAnswer(answer, nowMs());
            }
        });
    }

    /** To end would end the service of all tables. */
    private Behavior<Message> attempt(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            incidents.error("the kernel bridge could not deal with " + what, e);
            Defects.HERE.threw("the kernel bridge could not deal with " + what, e);
        }
        return this;
    }

    private Behavior<Message> resend() {
        return attempt("a change of owners", () -> instances.resend(nowMs()));
    }

    private Behavior<Message> ticked() {
        return attempt("the time", () -> instances.onTick(nowMs()));
    }

    private Behavior<Message> opened(DeviceOpened message) {
        return attempt("an opened device", () ->
                instances.onDeviceOpened(message.key(), message.device(), nowMs()));
    }

    private Behavior<Message> refused(DeviceRefused message) {
        return attempt("a refused device", () ->
                instances.onDeviceRefused(message.key(), message.errno(), message.reason(), nowMs()));
    }

    private Behavior<Message> closed(DeviceClosed message) {
        return attempt("a closed device", () -> instances.onDeviceClosed(message.key(), nowMs()));
    }

    private Behavior<Message> greet() {
        return attempt("a greeting", () -> instances.greet(nowMs()));
    }

    private Behavior<Message> declaredDead() {
        return attempt("this kernel's death", instances::condemn);
    }

    private Behavior<Message> show(Show message) {
        return attempt("a question for its tables", () -> message.replyTo().tell(instances.views()));
    }

    private Behavior<Message> turned(Turn message) {
        message.replyTo().tell(message);
        return this;
    }

    private Behavior<Message> hasHeard(HasHeard message) {
        return attempt("a question for what it has heard", () ->
                message.replyTo().tell(instances.heardOf(message.uuid())));
    }

    private Behavior<Message> stopped() {
        instances.close();
        return this;
    }
}
