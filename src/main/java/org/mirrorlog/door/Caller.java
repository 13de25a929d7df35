package org.mirrorlog.door;

/** Who asks, where that is known for sure. What it is as text stands in lines and events. */
public sealed interface Caller permits LocalCaller, CertifiedCaller {
    /** Whether it may be shown what is shown here. */
    boolean mayObserve();

    /** Whether it may change something. */
    boolean mayOperate();
}
