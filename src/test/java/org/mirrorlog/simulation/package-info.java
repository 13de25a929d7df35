/**
 * The whole cluster in one thread, from one seed: the real log and instance code between emulated kernels and a
 * simulated journal, log device, network and clock, with faults, and checkers that look after every step.
 * {@code deploy/soak} runs it for long.
 *
 * <p>{@link org.mirrorlog.simulation.Explorer} walks all that a small cluster of this kind can reach, without time and
 * chance: {@code deploy/check explore}.
 *
 * <p>One {@link org.mirrorlog.simulation.Simulation} is one run. Runs share nothing; several threads may have one each.
 */
package org.mirrorlog.simulation;
