package org.mirrorlog.owner;

import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.javadsl.Adapter;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;

/** Akka's door to the encodings of messages between machines. Manifests name kind and version; bytes never change. */
public final class MessageSerializer extends SerializerWithStringManifest {
    private static final int IDENTIFIER = 1_701_002;
    /** Version 1 does not say whether the log device is open; whoever sent it would not have asked without. */
    private static final String ASK_1 = "A1";
    private static final String ASK_2 = "A2";
    /** Version 3 tells first where the answer goes, so that a round can be answered whose kind is not known. */
    private static final String ASK_3 = "A3";
    private static final String GIVE_UP_1 = "G1";
    private static final String WAKE_1 = "W1";
    private static final String REACTIVATE_1 = "V1";
    private static final String ANSWER_1 = "R1";
    private static final String INSPECT_1 = "I1";
    private static final String STOP_1 = "X1";
    private static final String ADOPT_1 = "D1";
    private static final String ADOPT_2 = "D2";
    private static final String NO_TABLE_1 = "N1";
    private static final String ROLL_CALL_1 = "C1";
    private static final String HEARD_QUESTION_1 = "Q1";
    private static final String HEARD_ANSWER_1 = "H1";
    private static final String PAUSE_RESYNC_1 = "P1";

    private static final int DEVICE_IN_VAIN = 0;
    private static final int DEVICE_OPEN = 1;
    private static final int DEVICE_NOT_YET = 2;

    private final ActorRefResolver refs;

    /** Called by Akka. */
    public MessageSerializer(ExtendedActorSystem system) {
        refs = ActorRefResolver.get(Adapter.toTyped(system));
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object object) {
        if (object instanceof OwnerCommand.Ask) {
            return ASK_3;
        } else if (object instanceof RoundAnswer) {
            return ANSWER_1;
        } else if (object instanceof OwnerCommand.Inspect) {
            return INSPECT_1;
        } else if (object instanceof OwnerCommand.Stop) {
            return STOP_1;
        } else if (object instanceof OwnerCommand.Adopt) {
            return ADOPT_2;
        } else if (object instanceof OwnerCommand.NoTable) {
            return NO_TABLE_1;
        } else if (object instanceof RollCall) {
            return ROLL_CALL_1;
        } else if (object instanceof HeardQuestion) {
            return HEARD_QUESTION_1;
        } else if (object instanceof OwnerCommand.HeardAnswer) {
            return HEARD_ANSWER_1;
        } else if (object instanceof OwnerCommand.PauseResync) {
            return PAUSE_RESYNC_1;
        } else if (object instanceof Notice.GiveUp) {
            return GIVE_UP_1;
        } else if (object instanceof Notice.Wake) {
            return WAKE_1;
        } else if (object instanceof Notice.Reactivate) {
            return REACTIVATE_1;
        }
        throw new IllegalArgumentException("not a message between machines: " + object.getClass());
    }

    @Override
    public byte[] toBinary(Object object) {
        Writer out = new Writer(256);
        if (object instanceof OwnerCommand.Ask ask) {
            out.text(format(ask.replyTo())).u8(code(ask.device()));
            RoundCodec.encode(ask.round(), out);
        } else if (object instanceof RoundAnswer answer) {
            RoundCodec.encode(answer, out);
        } else if (object instanceof Notice.GiveUp notice) {
            out.text(notice.uuid()).id(notice.to()).regions(notice.regions());
        } else if (object instanceof Notice.Wake notice) {
            out.text(notice.uuid()).id(notice.to());
        } else if (object instanceof Notice.Reactivate notice) {
            out.text(notice.uuid()).id(notice.to());
        } else if (object instanceof OwnerCommand.Inspect inspect) {
            return format(inspect.replyTo()).getBytes(StandardCharsets.UTF_8);
        } else if (object instanceof OwnerCommand.Adopt adopt) {
            out.text(format(adopt.replyTo())).flag(adopt.isForced());
        } else if (object instanceof OwnerCommand.NoTable none) {
            out.text(none.node()).text(none.incarnation()).i64(none.adoptedAt()).texts(none.former());
        } else if (object instanceof RollCall call) {
            out.text(call.uuid()).i64(call.adoptedAt());
        } else if (object instanceof HeardQuestion question) {
            out.text(question.uuid()).text(format(question.replyTo()));
        } else if (object instanceof OwnerCommand.HeardAnswer answer) {
            out.text(answer.incarnation()).flag(answer.isHeard()).i64(answer.number()).i64(answer.term());
        } else if (object instanceof OwnerCommand.PauseResync pause) {
            out.u8(pause.seconds());
        }
        return out.bytes();
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try {
            switch (manifest) {
                case ASK_1:
                    return whole(bytes, in -> ask(in, false));
                case ASK_2:
                    return whole(bytes, in -> ask(in, true));
                case ASK_3:
                    return whole(bytes, this::ask);
                case ANSWER_1:
                    return whole(bytes, RoundCodec::answer);
                case GIVE_UP_1:
                    return whole(bytes, in -> new Notice.GiveUp(in.text(), in.id(), in.regions()));
                case WAKE_1:
                    return whole(bytes, in -> new Notice.Wake(in.text(), in.id()));
                case REACTIVATE_1:
                    return whole(bytes, in -> new Notice.Reactivate(in.text(), in.id()));
                case INSPECT_1:
                    return new OwnerCommand.Inspect(recipient(new String(bytes, StandardCharsets.UTF_8)));
                case ADOPT_1:
                    return new OwnerCommand.Adopt(true,
                            recipient(new String(bytes, StandardCharsets.UTF_8)));
                case ADOPT_2:
                    return whole(bytes, this::adopt);
                case NO_TABLE_1:
                    return whole(bytes, in -> new OwnerCommand.NoTable(in.text(), in.text(), in.i64(),
                            in.textsIfThere()));
                case ROLL_CALL_1:
                    return whole(bytes, in -> new RollCall(in.text(), in.i64()));
                case HEARD_QUESTION_1:
                    return whole(bytes, in -> new HeardQuestion(in.text(), recipient(in.text())));
                case HEARD_ANSWER_1:
                    return whole(bytes, in -> new OwnerCommand.HeardAnswer(in.text(), in.flag(),
                            in.i64IfThere(), in.i64IfThere()));
                case PAUSE_RESYNC_1:
                    return whole(bytes, in -> new OwnerCommand.PauseResync(in.u8()));
                case STOP_1:
                    return OwnerCommand.Stop.INSTANCE;
                default:
                    throw new NotSerializableException("message of unknown kind " + manifest
                            + ": sent by a newer version?");
            }
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new NotSerializableException("damaged message of kind " + manifest + ": " + e.getMessage());
        }
    }

    /** What stands behind the known fields is of a newer build, and passed over. */
    private static <T> T whole(byte[] bytes, Function<Reader, T> message) {
        return message.apply(new Reader(bytes));
    }

    private String format(Recipient<?> recipient) {
        return refs.toSerializationFormat(ActorRecipient.refOf(recipient));
    }

    private <T> Recipient<T> recipient(String format) {
        return new ActorRecipient<>(refs.<T>resolveActorRef(format));
    }

    private OwnerCommand.Adopt adopt(Reader in) {
        Recipient<LogState> replyTo = recipient(in.text());
        return new OwnerCommand.Adopt(in.flag(), replyTo);
    }

    private OwnerCommand.Ask ask(Reader in) {
        Recipient<FromOwner> replyTo = recipient(in.text());
        DeviceStatus device = device(in.u8());
        return new OwnerCommand.Ask(RoundCodec.round(in, true), device, replyTo);
    }

    /** To older builds everything but 1 is "not open". */
    private static int code(DeviceStatus device) {
        return device.isOpen() ? DEVICE_OPEN : device.isHopeless() ? DEVICE_IN_VAIN : DEVICE_NOT_YET;
    }

    private static DeviceStatus device(int code) {
        switch (code) {
            case DEVICE_OPEN:
                return DeviceStatus.OPEN;
            case DEVICE_IN_VAIN:
                return DeviceStatus.REFUSED;
            default:
                return DeviceStatus.NOT_OPENED;
        }
    }

    private OwnerCommand.Ask ask(Reader in, boolean tellsDevice) {
        Round round = RoundCodec.round(in, false);
        Recipient<FromOwner> replyTo = recipient(in.text());
        return new OwnerCommand.Ask(round, !tellsDevice || in.flag(), replyTo);
    }
}
