package org.mirrorlog.instance;

import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/** Another machine that uses the same log: its rounds go straight to the owner. */
final class Neighbour {
    private final OneMachine machine;
    private final InstanceId id = new InstanceId("boot-neighbour", 1);
    private long number;
    private long session;

    Neighbour(OneMachine machine) {
        this.machine = machine;
    }

    InstanceId id() {
        return id;
    }

    Answer ask(Ask ask) {
        Answer answer = machine.decide(new Round(OneMachine.UUID, id, "neighbour", 1, session, ++number, 0, 0,
                RegionSet.empty(), ask)).orElseThrow().answer();
        if (answer instanceof Answer.Joined joined) {
            session = joined.session();
        }
        return answer;
    }

    void resume(LogSpec spec) {
        ask(new Ask.Resume(spec));
    }
}
